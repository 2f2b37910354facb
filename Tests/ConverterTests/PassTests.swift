import SwiftletConverter
import SwiftletGraph
import Testing

/// The passes keep what a graph computes, and leave the operators that lowering knows.
@Suite struct PassTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// Names of the operators that remain, movement but padding left out.
    var remaining: [String]
    var build: @Sendable (inout GraphBuilder) throws -> Graph
  }

  static let cases: [Case] = [
    Case(testDescription: "GELU by erf", remaining: ["gelu"]) { b in
      let x = b.input([1, 6])
      return try b.finish(try b.gelu(x, half: 0.5))
    },
    Case(testDescription: "GELU whose 0.5 went into the next layer", remaining: ["gelu", "linear"])
    { b in
      let x = b.input([1, 6])
      return try b.finish(try b.linear(try b.gelu(x, half: nil), outputs: 4))
    },
    Case(testDescription: "layer normalisation in its parts", remaining: ["layerNorm"]) { b in
      let x = b.input([1, 5, 8])
      let mean = Operator.reduce(.mean, axes: [2], keepDimensions: true)
      let centred = try b.node(.binary(.subtract), x, try b.node(mean, x))
      let squared = try b.node(.binary(.power), centred, b.constant([], [2]))
      let variance = try b.node(.binary(.add), try b.node(mean, squared), b.constant([], [1e-5]))
      let normal = try b.node(.binary(.divide), centred, try b.node(.unary(.sqrt), variance))
      let scaled = try b.node(.binary(.multiply), normal, b.weights([8]))
      return try b.finish(try b.node(.binary(.add), b.weights([8]), scaled))
    },
    Case(testDescription: "GELU by tanh with a power", remaining: ["composed"]) { b in
      let x = b.input([1, 6])
      let cube = try b.node(.binary(.power), x, b.constant([], [3]))
      let small = try b.node(.binary(.multiply), cube, b.constant([], [0.044715]))
      let scaled = try b.node(
        .binary(.multiply), try b.node(.binary(.add), x, small), b.constant([], [0.7978846]))
      let gate = try b.node(
        .binary(.add), try b.node(.unary(.tanh), scaled), b.constant([], [1]))
      let half = try b.node(.binary(.multiply), x, b.constant([], [0.5]))
      return try b.finish(try b.node(.binary(.multiply), half, gate))
    },
    Case(testDescription: "a maximum and a minimum with constants", remaining: ["conv", "clip"]) {
      b in
      let x = b.input([1, 3, 5, 5])
      let y = try b.node(
        .binary(.maximum), try b.conv(x, outputs: 4, kernel: 3), b.constant([], [0]))
      return try b.finish(try b.node(.binary(.minimum), b.constant([1, 1, 1, 1], [6]), y))
    },
    Case(testDescription: "a function of a sum", remaining: ["add", "composed"]) { b in
      let x = b.input([1, 6])
      let sum = try b.node(.binary(.add), x, try b.node(.reshape(shape: [1, 6]), x))
      let square = try b.node(.binary(.power), sum, b.constant([], [2]))
      return try b.finish(try b.node(.binary(.add), square, sum))
    },
    Case(testDescription: "a constant divided by a value", remaining: ["composed"]) { b in
      let y = try b.node(.unary(.exp), b.input([1, 6]))
      let other = try b.node(.binary(.divide), b.constant([], [2]), y)
      return try b.finish(try b.node(.reshape(shape: [6]), other))
    },
    Case(
      testDescription: "what is read elsewhere too stays", remaining: ["relu", "composed", "add"]
    ) { b in
      let y = try b.node(.unary(.relu), b.input([1, 6]))
      let square = try b.node(.binary(.power), y, b.constant([], [1.5]))
      let moved = try b.node(.reshape(shape: [6, 1]), y)
      return try b.finish(try b.node(.binary(.add), square, moved))
    },
    Case(
      testDescription: "probabilities and nothing else", remaining: ["linear", "softmax", "add"]
    ) {
      b in
      let p = try b.node(.softmax(axis: 1), try b.linear(b.input([1, 6]), outputs: 4))
      return try b.finish(try b.node(.binary(.add), p, b.constant([], [1])))
    },
    Case(testDescription: "the largest value of a map", remaining: ["maxPool"]) { b in
      let x = b.input([1, 3, 5, 4])
      return try b.finish(
        try b.node(.reduce(.maximum, axes: [3, 2], keepDimensions: false), x))
    },
    Case(testDescription: "the largest value along an axis stays", remaining: ["reduceMaximum"]) {
      b in
      let x = b.input([1, 3, 5, 4])
      return try b.finish(try b.node(.reduce(.maximum, axes: [3], keepDimensions: true), x))
    },
    Case(testDescription: "SiLU", remaining: ["silu"]) { b in
      let x = b.input([1, 6])
      return try b.finish(try b.node(.binary(.multiply), try b.node(.unary(.sigmoid), x), x))
    },
    Case(testDescription: "batch normalisation behind a convolution", remaining: ["conv"]) { b in
      let x = b.input([1, 3, 5, 5])
      return try b.finish(try b.batchNorm(try b.conv(x, outputs: 4, kernel: 3)))
    },
    Case(testDescription: "batch normalisation before a 1 x 1 convolution", remaining: ["conv"]) {
      b in
      let x = b.input([1, 3, 5, 5])
      return try b.finish(try b.conv(try b.batchNorm(x), outputs: 4, kernel: 1))
    },
    Case(
      testDescription: "batch normalisation before a padded convolution stays",
      remaining: ["batchNorm", "conv"]
    ) { b in
      let x = b.input([1, 3, 5, 5])
      return try b.finish(try b.conv(try b.batchNorm(x), outputs: 4, kernel: 3))
    },
    Case(testDescription: "zeros padded below and to the right of a map", remaining: ["conv"]) {
      b in
      let x = b.input([1, 3, 6, 6])
      let pad = Operator.pad(pads: [0, 0, 0, 0, 0, 0, 1, 2], mode: .constant, value: 0)
      let padded = try b.node(pad, x)
      return try b.finish(try b.conv(padded, outputs: 4, kernel: 3, stride: 2, pads: [0, 0, 0, 0]))
    },
    Case(testDescription: "padding with ones stays", remaining: ["pad", "conv"]) { b in
      let x = b.input([1, 3, 6, 6])
      let pad = Operator.pad(pads: [0, 0, 1, 1, 0, 0, 1, 1], mode: .constant, value: 1)
      return try b.finish(
        try b.conv(try b.node(pad, x), outputs: 4, kernel: 3, pads: [0, 0, 0, 0]))
    },
    Case(testDescription: "layer scale", remaining: ["linear"]) { b in
      let x = b.input([1, 5, 6])
      return try b.finish(
        try b.node(.binary(.multiply), b.weights([4]), try b.linear(x, outputs: 4)))
    },
    Case(testDescription: "attention with a bias", remaining: ["linear", "attention", "linear"]) {
      b in
      let x = b.input([1, 9, 8])
      return try b.finish(try b.attention(x, heads: 2, windows: nil, bias: true))
    },
    Case(
      testDescription: "scales on query and key, before and behind movement",
      remaining: ["linear", "linear", "linear", "attention"]
    ) { b in
      let x = b.input([1, 9, 8])
      let q = try b.node(.binary(.multiply), try b.linear(x, outputs: 8), b.constant([], [0.5]))
      let k = try b.node(.binary(.multiply), try b.linear(x, outputs: 8), b.constant([], [0.7]))
      let heads = try [q, k, try b.linear(x, outputs: 8)].map {
        try b.transpose(try b.reshape($0, 1, 9, 2, 4), 0, 2, 1, 3)
      }
      let logits = try b.node(.matMul, heads[0], try b.transpose(heads[1], 0, 1, 3, 2))
      return try b.finish(try b.node(.matMul, try b.node(.softmax(axis: 3), logits), heads[2]))
    },
    Case(testDescription: "channel-first attention", remaining: ["attention"]) { b in
      let x = b.input([1, 2, 12, 9])
      let parts = try b.nodes(.split(axis: 2, sizes: [4, 4, 4]), [x])
      let logits = try b.node(.matMul, try b.transpose(parts[0], 0, 1, 3, 2), parts[1])
      let probabilities = try b.node(.softmax(axis: 3), logits)
      let turned = try b.transpose(probabilities, 0, 1, 3, 2)
      return try b.finish(try b.node(.matMul, parts[2], turned))
    },
  ]

  /// Softmax at the end of a model, and its logarithm, as exporters write them.
  private enum Ending: CaseIterable {
    case softmax, logarithm, clipped, parts, shiftedParts, logOfParts, logSoftmax

    func append(to b: inout GraphBuilder, _ x: GraphBuilder.Value) throws -> GraphBuilder.Value {
      func reduce(_ kind: Reduction, _ value: GraphBuilder.Value) throws -> GraphBuilder.Value {
        try b.node(.reduce(kind, axes: [1], keepDimensions: true), value)
      }
      func shifted() throws -> GraphBuilder.Value {
        try b.node(.binary(.subtract), x, try reduce(.maximum, x))
      }
      func quotient(_ x: GraphBuilder.Value) throws -> GraphBuilder.Value {
        let powers = try b.node(.unary(.exp), x)
        return try b.node(.binary(.divide), powers, try reduce(.sum, powers))
      }
      switch self {
      case .softmax: return try b.node(.softmax(axis: 1), x)
      case .logarithm: return try b.node(.unary(.log), try b.node(.softmax(axis: 1), x))
      case .clipped:
        return try b.node(.unary(.clip(low: 0, high: 1)), try b.node(.softmax(axis: 1), x))
      case .parts: return try quotient(x)
      case .shiftedParts: return try quotient(try shifted())
      case .logOfParts: return try b.node(.unary(.log), try quotient(x))
      case .logSoftmax:
        let s = try shifted()
        let sum = try reduce(.sum, try b.node(.unary(.exp), s))
        return try b.node(.binary(.subtract), s, try b.node(.unary(.log), sum))
      }
    }
  }

  @Test func aFinalSoftmaxIsLeftOut() throws {
    for ending in Ending.allCases {
      var builder = GraphBuilder(seed: 11)
      let logits = try builder.linear(builder.input([1, 6]), outputs: 4)
      builder.graph.outputs = [try ending.append(to: &builder, logits)]
      let rewritten = try PassPipeline.run(on: builder.graph)
      #expect(rewritten.nodes.map(\.op.name) == ["linear"], "\(ending)")
      #expect(PassPipeline.logits(of: builder.graph).outputs == [logits], "\(ending)")
    }
  }

  @Test(arguments: cases) func keepsWhatTheGraphComputes(_ test: Case) throws {
    var builder = GraphBuilder(seed: 11)
    let graph = try test.build(&builder)
    let rewritten = try PassPipeline.run(on: graph)
    let names = rewritten.nodes.map(\.op).filter { !$0.isMovement || $0.name == "pad" }.map(\.name)
    #expect(names == test.remaining)

    var random = SeededGenerator(seed: 5)
    let shape = graph.values[graph.inputs[0]].shape
    let input = Tensor(shape: shape, random.normals(shape.reduce(1, *)))
    let before = try #require(try Interpreter(graph).run([input])[0].floats)
    let after = try #require(try Interpreter(rewritten).run([input])[0].floats)
    let largest = before.map(\.magnitude).max() ?? 1
    for (x, y) in zip(before, after) { #expect(abs(x - y) <= 1e-5 * largest) }
  }
}

extension GraphBuilder {
  mutating func gelu(_ x: Value, half: Float?) throws -> Value {
    let scaled = try node(.binary(.divide), x, constant([], [Float(2).squareRoot()]))
    let gate = try node(
      .binary(.add), try node(.unary(.erf), scaled), constant([], [1]))
    let product = try node(.binary(.multiply), x, gate)
    guard let half else { return product }
    return try node(.binary(.multiply), product, constant([], [half]))
  }
}
