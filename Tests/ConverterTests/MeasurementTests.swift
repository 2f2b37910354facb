import Swiftlet
import SwiftletConverter
import SwiftletGraph
import SwiftletKernels
import SwiftletProgram
import Testing

/// What is said of the errors of a program's tensors.
@Suite struct MeasurementTests {
  /// A layer norm, attention, a GELU and sums: int8 and int16 tensors, several scales in one, other forms of one value.
  static func transformer(seed: UInt64) throws -> Converted {
    var b = GraphBuilder(seed: seed)
    let x = b.input([1, 12, 6, 6])
    var tokens = try b.tokens(try b.conv(x, outputs: 32, kernel: 3))
    tokens = try b.node(.binary(.add), tokens, try b.linear(try b.layerNorm(tokens), outputs: 32))
    let hidden = try b.node(.unary(.gelu), try b.linear(try b.layerNorm(tokens), outputs: 64))
    tokens = try b.node(.binary(.add), tokens, try b.linear(hidden, outputs: 32))
    let pooled = try b.node(.reduce(.mean, axes: [1], keepDimensions: false), tokens)
    return try Converted(try b.finish(try b.linear(pooled, outputs: 10)))
  }

  static func measure(
    _ converted: Converted, altered: (inout QuantizedModel) -> Void = { _ in }
  ) throws -> [TensorError] {
    var quantized = converted.quantized
    altered(&quantized)
    var measurement = try ErrorMeasurement(
      of: Model(bytes: Converted.encode(quantized)), against: converted.conversion,
      kernels: KernelSet.selected(), threads: 1)
    var random = SeededGenerator(seed: 5)
    let shape = converted.conversion.graph.values[converted.conversion.graph.inputs[0]].shape
    for _ in 0..<4 {
      try measurement.add(Tensor(shape: shape, random.normals(shape.reduce(1, *))))
    }
    return measurement.tensors
  }

  @Test func everyInstructionIsMeasured() throws {
    let converted = try Self.transformer(seed: 3)
    let program = converted.quantized.program
    let tensors = try Self.measure(converted)
    #expect(
      tensors.map(\.name) == program.instructions.map { program.tensors[$0.body.output].name })
    #expect(tensors.map(\.instruction) == program.instructions.map(\.body.kind))
    for tensor in tensors {
      let (rounding, local, cumulative) = (
        try #require(tensor.roundingSQNR), try #require(tensor.localSQNR),
        try #require(tensor.cumulativeSQNR)
      )
      // What an instruction adds to rounding, and what those before it add to that.
      #expect(rounding > local - 0.1 && local > cumulative - 1, "\(tensor)")
      #expect(cumulative > 20, "\(tensor)")
    }
    // The first instruction has nothing before it but the input's own quantization, which both share.
    #expect(tensors[0].localSQNR == tensors[0].cumulativeSQNR)
  }

  /// An instruction with a wrong bias is found: its own error alone grows, and those behind it have it in their sum only.
  @Test(arguments: 0..<6) func aDamagedInstructionIsFound(number: Int) throws {
    let converted = try Self.transformer(seed: 4)
    let layers = converted.quantized.program.instructions.enumerated().compactMap {
      index, instruction -> (index: Int, bias: DataName)? in
      guard case .convolution(let it) = instruction else { return nil }
      return (index, it.rule.bias)
    }
    try #require(layers.count > 4)
    guard number < layers.count else { return }
    let damaged = layers[number]
    let whole = try Self.measure(converted)
    let broken = try Self.measure(converted) { quantized in
      guard var tensor = quantized.data[damaged.bias] else { return }
      // Every bias by a quarter of the first one's range of values: far beyond rounding.
      let count = tensor.bytes.count / 4
      let biases = (0..<count).map { index in
        tensor.bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 4 * index, as: Int32.self) }
      }
      tensor = DataTensor(biases.map { $0 / 2 + 4000 })
      quantized.data[damaged.bias] = tensor
    }
    for index in whole.indices {
      let (before, after) = (whole[index], broken[index])
      #expect(before.roundingSQNR == after.roundingSQNR)
      if index == damaged.index {
        #expect((after.localSQNR ?? 0) < (before.localSQNR ?? 0) - 3, "\(after)")
      } else {
        #expect(before.localSQNR == after.localSQNR, "\(after)")
      }
      if index < damaged.index { #expect(before.cumulativeSQNR == after.cumulativeSQNR) }
    }
    let last = whole.count - 1
    #expect((broken[last].cumulativeSQNR ?? 0) < (whole[last].cumulativeSQNR ?? 0))
  }

  /// Q, K and V of very different ranges share a tensor; its error is measured with the step of each.
  @Test func slicesHaveTheirOwnSteps() throws {
    let converted = try TrainedModelTests.convert(TrainedModelTests.files[0])
    let program = converted.quantized.program
    let model = try Model(bytes: Converted.encode(converted.quantized))
    let attended = program.instructions.compactMap { instruction -> TensorID? in
      if case .attention(let it) = instruction { it.query.tensor } else { nil }
    }.filter { program.tensors[$0].scales != nil }
    try #require(!attended.isEmpty)
    for id in attended {
      let tensor = program.tensors[id]
      let scales = model.scales(of: id)
      #expect(scales.count == tensor.channels && scales[0] == tensor.scale)
      for part in 0..<3 {
        let third = scales[part * tensor.channels / 3..<(part + 1) * tensor.channels / 3]
        #expect(Set(third).count == 1)
      }
      let measured = try #require(converted.report.tensors.first { $0.name == tensor.name })
      #expect((measured.localSQNR ?? 0) > 25, "\(measured)")
    }
  }

  @Test func anotherModelsProgramIsRefused() throws {
    let converted = try Self.transformer(seed: 3)
    let other = try TrainedModelTests.convert(TrainedModelTests.files[0])
    let model = try Model(bytes: Converted.encode(other.quantized))
    let error = try #require(throws: ConversionError.self) {
      _ = try ErrorMeasurement(
        of: model, against: converted.conversion, kernels: .selected(), threads: 1)
    }
    #expect("\(error)".contains("convert it again"))
  }
}

/// Tango's interval, against limits found by maximising the likelihood of the counts numerically (Python, not by the
/// closed form).
@Suite struct PairedDifferenceTests {
  static let cases: [(lost: Int, gained: Int, count: Int, low: Double, high: Double)] = [
    (0, 0, 100, -0.03699349820698768, 0.03699349820698768),
    (0, 0, 10000, -0.00038399837067859587, 0.00038399837067859587),
    (1, 0, 44, -0.11807709698213431, 0.05939323009688163),
    (5, 3, 50, -0.16680206719785928, 0.08224931700459476),
    (60, 49, 10000, -0.003198947782823963, 0.000962751978734244),
    (12, 30, 200, 0.027641710003484976, 0.15508205264383412),
    (10, 0, 10, -1, -0.4449344002742226),
  ]

  @Test(arguments: cases)
  func limits(lost: Int, gained: Int, count: Int, low: Double, high: Double) {
    let difference = PairedDifference(lost: lost, gained: gained, count: count)
    #expect(abs(difference.interval.lowerBound - low) < 1e-6, "\(difference.interval)")
    #expect(abs(difference.interval.upperBound - high) < 1e-6, "\(difference.interval)")
    let mirrored = PairedDifference(lost: gained, gained: lost, count: count).interval
    #expect(abs(mirrored.lowerBound + difference.interval.upperBound) < 1e-12)
    #expect(difference.interval.contains(difference.value))
  }

  @Test func everyCountHasAnInterval() {
    for count in [1, 2, 7] {
      for lost in 0...count {
        for gained in 0...(count - lost) {
          let it = PairedDifference(lost: lost, gained: gained, count: count)
          #expect(it.interval.contains(it.value))
          #expect(it.interval.lowerBound >= -1 && it.interval.upperBound <= 1)
          #expect(it.interval.lowerBound < it.interval.upperBound)
        }
      }
    }
  }
}
