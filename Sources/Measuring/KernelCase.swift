import Swiftlet
import SwiftletProgram

/// A layer of made-up weights, measured by itself.
struct KernelCase {
  enum Shape {
    /// `[rows, depth]` times `[depth, columns]`.
    case linear(rows: Int, columns: Int, depth: Int)
    /// 3 x 3 over a padded square map.
    case depthwise(side: Int, channels: Int)
  }

  /// What follows the sums.
  enum Epilogue: String, CaseIterable {
    case int8
    case table = "int8 table"
    case residual = "int8 residual"
    case stream = "int16 residual"
  }

  let shape: Shape
  let epilogue: Epilogue

  /// The layers of a ViT-Ti (197 tokens of 192 channels: Q, K and V; the projection; the MLP), one of small depth on a
  /// large map, and depthwise convolutions.
  static let all: [KernelCase] = {
    let layers: [Shape] = [
      .linear(rows: 197, columns: 576, depth: 192), .linear(rows: 197, columns: 192, depth: 192),
      .linear(rows: 197, columns: 768, depth: 192), .linear(rows: 197, columns: 192, depth: 768),
      .linear(rows: 3136, columns: 192, depth: 64),
    ]
    let windows: [Shape] = [
      .depthwise(side: 56, channels: 64), .depthwise(side: 14, channels: 384),
    ]
    return layers.flatMap { shape in
      Epilogue.allCases.map { KernelCase(shape: shape, epilogue: $0) }
    } + windows.map { KernelCase(shape: $0, epilogue: .int8) }
  }()

  /// Rows and columns of the output, and products of each of its elements.
  var extents: (rows: Int, columns: Int, depth: Int) {
    switch shape {
    case .linear(let rows, let columns, let depth): (rows, columns, depth)
    case .depthwise(let side, let channels): (side * side, channels, 9)
    }
  }

  /// A program whose first instruction is the layer. The second makes the logits that a program must have.
  func model() throws -> Model {
    var builder = Builder()
    let (rows, columns, depth) = extents
    let type: ActivationType = epilogue == .stream ? .int16 : .int8
    let output = builder.tensor("output", rows, columns, type)
    let rule = builder.rule("layer", channels: columns, depth: depth, type: type)
    var end = SwiftletProgram.Epilogue()
    switch epilogue {
    case .int8: break
    case .table: end.table = builder.store("table", int8: 256)
    case .residual, .stream:
      let residual = builder.constant("residual", rows, columns, type)
      end.residual = .init(
        operand: Operand(tensor: residual, offset: 0, channels: columns),
        multiplier: type == .int8 ? 1 << 13 : 0)
    }
    let input: TensorID
    let layer: Instruction
    switch shape {
    case .linear:
      input = builder.tensor("input", rows, depth, .int8)
      let weights = builder.store("weights", int8: columns * depth)
      layer = .convolution(
        Convolution(
          name: "layer", input: Operand(tensor: input, offset: 0, channels: depth),
          output: output, window: nil, weights: weights, padding: nil, rule: rule, epilogue: end))
    case .depthwise(let side, let channels):
      input = builder.tensor("input", rows, channels, .int8)
      // Nine taps in the places of twelve.
      let weights = builder.store("weights", int8: channels * 12) { $0 / 64 % 3 == 2 && $0 % 4 > 0 }
      layer = .depthwise(
        Depthwise(
          name: "layer", input: Operand(tensor: input, offset: 0, channels: channels),
          output: output,
          window: Window(
            inputHeight: side, inputWidth: side, outputHeight: side, outputWidth: side,
            kernelHeight: 3, kernelWidth: 3, padTop: 1, padLeft: 1),
          weights: weights, padding: builder.store("padding", int8: channels), rule: rule,
          epilogue: end))
    }
    let logits = builder.tensor("logits", 1, columns, .int16)
    let mean = Mean(
      name: "mean", input: Operand(tensor: output, offset: 0, channels: columns), output: logits,
      rule: builder.rule("mean", channels: columns, depth: rows, type: .int16),
      epilogue: .init())
    let inputChannels = builder.tensors[input].channels
    let program = Program(
      input: Input(tensor: input, shape: [rows, inputChannels], preprocessing: nil),
      tensors: builder.tensors, instructions: [layer, .mean(mean)], output: logits)
    return try Model(
      bytes: ModelFileWriter.encode(program: program, data: builder.data, labels: []))
  }

  /// Tensors with pseudo-random content.
  private struct Builder {
    private(set) var tensors: [ActivationTensor] = []
    private(set) var data: [DataName: DataTensor] = [:]
    private var random = BenchmarkInput()

    mutating func tensor(
      _ name: String, _ rows: Int, _ channels: Int, _ type: ActivationType
    ) -> TensorID {
      tensors.append(
        ActivationTensor(
          name: name, rows: rows, channels: channels, type: type, scale: 1, zeroPoint: 0))
      return tensors.count - 1
    }

    mutating func constant(
      _ name: String, _ rows: Int, _ channels: Int, _ type: ActivationType
    ) -> TensorID {
      let id = tensor(name, rows, channels, type)
      switch type {
      case .int8: tensors[id].constant = store(name, int8: rows * channels)
      case .int16:
        data[name] = DataTensor((0..<rows * channels).map { _ in Int16(random.next()) << 6 })
        tensors[id].constant = name
      }
      return id
    }

    /// Values of -127...127; 0 at the places that are padding.
    mutating func store(
      _ name: DataName, int8 count: Int, isPadding: (Int) -> Bool = { _ in false }
    ) -> DataName {
      data[name] = DataTensor((0..<count).map { isPadding($0) ? 0 : max(-127, random.next()) })
      return name
    }

    /// A rule under which sums of `depth` products of pseudo-random bytes fill most of the output's range.
    mutating func rule(
      _ name: String, channels: Int, depth: Int, type: ActivationType
    ) -> Rule {
      // Such sums have a standard deviation of about 5000 * sqrt(depth); int16 results are wanted around 2500.
      var shift = 0
      while 25 * depth > 1 << (2 * shift + 4) { shift += 1 }
      data[name + ".bias"] = DataTensor((0..<channels).map { _ in Int32(random.next()) << 6 })
      data[name + ".multiplier"] = DataTensor([Int16](repeating: 20000, count: channels))
      data[name + ".shift"] = DataTensor([Int8](repeating: Int8(shift), count: channels))
      return Rule(
        bias: name + ".bias", multiplier: name + ".multiplier", shift: name + ".shift", low: -128,
        high: 127)
    }
  }
}
