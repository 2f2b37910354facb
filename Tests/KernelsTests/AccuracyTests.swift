import CSwiftletKernels
import SwiftletKernels
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Softmax and layer normalisation of the scalar specification against double precision.
@Suite struct AccuracyTests {
  @Test(arguments: [49, 197], [1.0, 3, 6])
  func softmax(columns: Int, deviation: Double) throws {
    let kernels = try KernelSet.named("scalar").functions.pointee
    var random = Random(seed: 7)
    let rows = 50
    let logits = (0..<(rows * columns)).map { _ in deviation * random.normal() }
    let step = log(2.0) / 64
    let memory = GuardedMemory()
    let high = memory.output(of: Int8.self, rows: rows, stride: columns, width: columns)
    let low = memory.output(of: Int8.self, rows: rows, stride: columns, width: columns)
    let sums = memory.output(of: UInt32.self, rows: 1, stride: rows, width: rows)
    var call = swl_softmax(
      logits: memory.input(logits.map { Int16(($0 / step).rounded()) }), logits_stride: columns,
      rows: Int32(rows), columns: Int32(columns), padded_columns: Int32(columns),
      table: memory.input(exponentTable(bits: 14)), high: high, low: low, plane_stride: columns,
      sums: sums)
    kernels.softmax(&call)
    var expected: [Double] = []
    var result: [Double] = []
    for row in 0..<rows {
      let range = (row * columns)..<((row + 1) * columns)
      let exponentials = logits[range].map { exp($0) }
      let sum = exponentials.reduce(0, +)
      expected += exponentials.map { $0 / sum }
      let quantized = range.map { Int(high[$0]) * 128 + Int(low[$0]) }
      #expect(quantized.reduce(0, +) == Int(sums[row]))
      result += quantized.map { Double($0) / Double(sums[row]) }
    }
    _ = memory.written()
    #expect(decibels(signal: expected, reconstruction: result) >= 44)
  }

  /// The first stage, w, computed here from `swl_normalizer` as the specification does; the kernel's int8 must follow
  /// from it exactly.
  @Test(arguments: [96, 192, 768], [4.0, -4, 100, -100, 2000, -2000])
  func layerNorm(channels: Int, deviation: Double) throws {
    let kernels = try KernelSet.named("scalar").functions.pointee
    var random = Random(seed: 8)
    let rule = RuleCase(entries: channels, random: &random)
    let offset = 3 * deviation
    let x = (0..<channels).map { _ in
      Int16(clamping: Int((offset + deviation * random.normal()).rounded()))
    }
    // w is 2^12 for one standard deviation: K = 2^12 / 256, and K * N = mantissa * 2^exponent.
    let factor = 4096.0 / 256 * Double(channels)
    let exponent = Int(log2(factor).rounded(.down)) - 30
    let mantissa = Int32(factor * exp2(-Double(exponent)))
    let memory = GuardedMemory()
    var call = swl_layer_norm(
      x: memory.input(x), x_stride: channels, rows: 1, channels: Int32(channels), epsilon: 1,
      mantissa: mantissa, exponent: Int32(exponent), rule: rule.rule(in: memory),
      out: memory.output(rows: 1, stride: channels, width: channels), out_stride: channels)
    kernels.layer_norm(&call)

    let n = channels
    let sum = x.reduce(0) { $0 + Int($1) }
    let squares = x.reduce(0) { $0 + Int($1) * Int($1) }
    let scale = swl_normalizer(UInt64(n * squares - sum * sum + 1), mantissa, Int32(exponent))
    let mean = floorDivide(512 * sum + n, by: 2 * n)
    let w = x.map {
      scaled(
        256 * Int($0) - mean + Int(scale.bias), shift: Int(scale.shift),
        multiplier: Int(scale.multiplier))
    }
    let deviationOfRow = (Double(squares) / Double(n) - pow(Double(sum) / Double(n), 2))
      .squareRoot()
    let expected = x.map { (Double($0) - Double(sum) / Double(n)) / deviationOfRow }
    #expect(decibels(signal: expected, reconstruction: w.map { Double($0) / 4096 }) >= 60)

    let narrowed = w.enumerated().map { channel, w in
      let shift = Int(rule.shift[channel])
      let a = Int(Int32(truncatingIfNeeded: 256 * w + Int(rule.bias[channel])))
      let shifted = shift < 0 ? Int(Int32(truncatingIfNeeded: a << -shift)) << shift : a
      return UInt8(
        bitPattern: Int8(
          int8(scaled(shifted, shift: shift, multiplier: Int(rule.multiplier[channel])), rule)))
    }
    #expect(memory.written() == narrowed)
  }
}
