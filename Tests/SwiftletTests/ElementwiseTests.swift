import Glibc
import SwiftletProgram
import Testing

@Suite struct ElementwiseTests {
  static let sizes = [(1, 1), (1, 200), (3, 16), (7, 65), (50, 33), (197, 96)]

  @Test(arguments: sizes) func layerNorm(rows: Int, channels: Int) throws {
    var builder = ProgramBuilder(seed: 1, inputRows: 1, inputChannels: 1)
    let input = builder.constant(rows, channels + 3, .int16)
    let output = builder.layerNorm(builder.operand(input, 2..<2 + channels))
    try expectReference(&builder, output)
  }

  @Test(arguments: sizes, [ActivationType.int8, .int16])
  func add(size: (rows: Int, channels: Int), type: ActivationType) throws {
    for rightRows in Set([1, size.rows]) {
      for slice in [0, 5] {
        var builder = ProgramBuilder(seed: 2, inputRows: 1, inputChannels: 1)
        let range: ClosedRange<Int> = type == .int8 ? -128...127 : -32768...32767
        let left = builder.constant(size.rows, size.channels + slice, type, range: range)
        let right = builder.constant(rightRows, size.channels + slice, type, range: range)
        let output = builder.tensor(size.rows, size.channels, type)
        builder.append(
          .add(
            Add(
              name: "add", left: builder.operand(left, slice..<slice + size.channels),
              right: builder.operand(right, 0..<size.channels), output: output,
              leftMultiplier: type == .int8 ? 11000 : 0, rightMultiplier: type == .int8 ? 16384 : 0,
              low: -120, high: 127)))
        try expectReference(&builder, output)
      }
    }
  }

  @Test(arguments: sizes) func multiply(rows: Int, channels: Int) throws {
    for rightRows in Set([1, rows]) {
      var builder = ProgramBuilder(seed: 3, inputRows: 1, inputChannels: 1)
      let left = builder.constant(rows, channels)
      let right = builder.constant(rightRows, channels + 4)
      let output = builder.tensor(rows, channels)
      builder.append(
        .multiply(
          Multiply(
            name: "multiply", left: builder.operand(left),
            right: builder.operand(right, 3..<3 + channels), output: output,
            rule: .init(bias: -700, multiplier: 30000, shift: 1), low: -128, high: 100)))
      try expectReference(&builder, output)
    }
  }

  @Test(arguments: sizes) func lookup(rows: Int, channels: Int) throws {
    for slice in [0, 7] {
      var builder = ProgramBuilder(seed: 4, inputRows: rows, inputChannels: channels + slice)
      let output = builder.tensor(rows, channels)
      builder.append(
        .lookup(
          Lookup(
            name: "lookup", input: builder.operand(builder.input, slice..<slice + channels),
            output: output, table: builder.table())))
      try expectReference(&builder, output)
    }
  }

  @Test(arguments: sizes) func requantize(rows: Int, channels: Int) throws {
    var builder = ProgramBuilder(seed: 5, inputRows: 1, inputChannels: 1)
    let input = builder.constant(rows, channels + 2, .int16)
    let output = builder.tensor(rows, channels)
    let magnitudes = Array(repeating: 256.0 * 3000, count: channels)
    builder.append(
      .requantize(
        Requantize(
          name: "requantize", input: builder.operand(input, 1..<1 + channels), output: output,
          rule: builder.rule(magnitudes: magnitudes))))
    try expectReference(&builder, output)
  }

  @Test(
    arguments: sizes,
    [(ActivationType.int8, ActivationType.int8), (.int8, .int16), (.int16, .int8)])
  func mean(
    size: (rows: Int, channels: Int), types: (input: ActivationType, output: ActivationType)
  ) throws {
    var builder = ProgramBuilder(seed: 6, inputRows: 1, inputChannels: 1)
    let input = builder.constant(size.rows, size.channels + 1, types.input)
    let output = builder.tensor(1, size.channels, types.output)
    let step = types.input == .int8 ? 74 : 4000.0
    let magnitudes = Array(
      repeating: step * Double(size.rows).squareRoot(), count: size.channels)
    builder.append(
      .mean(
        Mean(
          name: "mean", input: builder.operand(input, 1..<1 + size.channels), output: output,
          rule: builder.rule(magnitudes: magnitudes),
          epilogue: Epilogue(table: types.output == .int8 ? builder.table() : nil))))
    try expectReference(&builder, output)
  }

  @Test(arguments: [1, 2, 3, 4, 8, 24], [ActivationType.int8, .int16])
  func gather(run: Int, type: ActivationType) throws {
    for count in 1...2 {
      var builder = ProgramBuilder(seed: 7, inputRows: 1, inputChannels: 1)
      let inputs = (0..<count).map { builder.constant(10 + $0, 24, type, zeroPoint: 4) }
      let output = builder.tensor(50, 24, type, zeroPoint: 4)
      let runs = 50 * 24 / run
      let sources = (0..<runs).map { _ in Int32.random(in: 0..<Int32(count), using: &builder.random)
      }
      let offsets = (0..<runs).map { _ in
        Int32.random(in: 0...Int32(10 * 24 - run), using: &builder.random)
      }
      builder.append(
        .gather(
          Gather(
            name: "gather", inputs: inputs, output: output, run: run,
            offsets: builder.store(DataTensor(offsets)),
            sources: count == 1 ? nil : builder.store(DataTensor(sources)))))
      try expectReference(&builder, output)
    }
  }
}
