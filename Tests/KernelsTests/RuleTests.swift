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

/// The 16-bit rule of the scalar specification against correct rounding of the real value.
@Suite struct RuleTests {
  /// How far int8 results lie from the real value, in steps.
  private struct Errors {
    var count = 0
    var different = 0
    var sum = 0.0
    var worst = 0.0

    mutating func add(_ result: Int8, for value: Double) {
      let error = Double(result) - value
      count += 1
      different += Double(result) == value.rounded() ? 0 : 1
      sum += error
      worst = max(worst, abs(error))
    }
  }

  /// Random sums with one shift, multipliers all over their range, and the rounding constant as the bias.
  private func errors(shift: Int, negative: Bool) throws -> Errors {
    let kernels = try KernelSet.named("scalar").functions.pointee
    var random = Random(seed: UInt64(shift + 100))
    var errors = Errors()
    for _ in 0..<100 {
      let memory = GuardedMemory()
      let magnitudes = (0..<256).map { _ in random.pick((1 << 14)...32767) as Int }
      let multipliers = magnitudes.map { negative ? -$0 : $0 }
      let factors = multipliers.map { Double($0) * exp2(-Double(shift + 15 + 6)) }
      let sums = factors.map { factor in
        let limit = min(Int(126 / abs(factor)), Int(Int32.max >> 1) >> max(0, -shift))
        return Int32(random.pick(-limit...limit) as Int)
      }
      let rule = swl_rule(
        bias: memory.input(
          multipliers.map { Int32(roundingConstant(shift: shift, multiplier: $0)) }),
        multiplier: memory.input(multipliers.map(Int16.init)),
        shift: memory.input(sums.map { _ in Int8(shift) }), zero_point: 0, low: -128, high: 127)
      var epilogue = swl_epilogue()
      epilogue.out = UnsafeMutableRawPointer(
        memory.output(of: Int8.self, rows: 1, stride: sums.count, width: sums.count))
      var call = swl_requantize_sums(
        sums: memory.input(sums), channels: Int32(sums.count), rule: rule, epilogue: epilogue)
      kernels.requantize_sums(&call)
      for (index, byte) in memory.written().enumerated() {
        errors.add(Int8(bitPattern: byte), for: Double(sums[index]) * factors[index])
      }
    }
    return errors
  }

  @Test(arguments: [false, true])
  func differsFromCorrectRoundingInAThirdOfAPercent(negative: Bool) throws {
    var total = Errors()
    for shift in 1...20 {
      let errors = try errors(shift: shift, negative: negative)
      total.count += errors.count
      total.different += errors.different
      total.sum += errors.sum
      total.worst = max(total.worst, errors.worst)
    }
    #expect(Double(total.different) / Double(total.count) <= 0.0035)
    #expect(abs(total.sum / Double(total.count)) <= 0.001)
    #expect(total.worst <= 0.51)
  }

  /// Nothing is lost below the multiplier's precision, so that the mean error is the only one.
  @Test(arguments: [(shift: 0, mean: 0.005), (shift: -1, mean: 0.01), (shift: -6, mean: 0.01)])
  func meanErrorWithoutRightShift(shift: Int, mean: Double) throws {
    let errors = try errors(shift: shift, negative: false)
    #expect(abs(errors.sum / Double(errors.count)) <= mean)
    #expect(errors.worst <= 0.52)
  }

  /// Every output of the rule, its saturation included, by an independent formula.
  @Test func equalsTheFormula() throws {
    let kernels = try KernelSet.named("scalar").functions.pointee
    var random = Random(seed: 3)
    for _ in 0..<2000 {
      let rule = RuleCase(entries: 16, random: &random)
      // Within int32 even after a left shift: beyond it, both wrap.
      let sums = (0..<16).map { index in
        let room = Int(Int32.max) >> max(0, -Int(rule.shift[index]))
        let bias = Int(rule.bias[index])
        return Int32(clamping: random.pick(-room...room) - bias)
      }
      let memory = GuardedMemory()
      var epilogue = swl_epilogue()
      epilogue.out = UnsafeMutableRawPointer(
        memory.output(of: Int8.self, rows: 1, stride: 16, width: 16))
      var call = swl_requantize_sums(
        sums: memory.input(sums), channels: 16, rule: rule.rule(in: memory), epilogue: epilogue)
      kernels.requantize_sums(&call)
      let expected = (0..<16).map { index in
        let a = Int(Int32(truncatingIfNeeded: Int(sums[index]) + Int(rule.bias[index])))
        let shift = Int(rule.shift[index])
        let shifted = shift < 0 ? Int(Int32(truncatingIfNeeded: a << -shift)) << shift : a
        let w = scaled(shifted, shift: shift, multiplier: Int(rule.multiplier[index]))
        return UInt8(bitPattern: Int8(int8(w, rule)))
      }
      #expect(memory.written() == expected)
    }
  }
}
