import SwiftletConverter
import SwiftletGraph
import SwiftletProgram
import Testing

/// What outputs are taken for, by what computes them.
struct OutputMeaningTests {
  /// The meaning of ten values that `head` makes of a linear layer's.
  private func meaning(
    hasLabels: Bool = false, _ head: (inout GraphBuilder, Graph.ValueID) throws -> Graph.ValueID
  ) throws -> OutputMeaning {
    var builder = GraphBuilder(seed: 1)
    let layer = try builder.linear(builder.input([1, 8]), outputs: 10)
    builder.graph.outputs = [try head(&builder, layer)]
    try builder.graph.validate()
    return OutputMeaning(of: builder.graph, hasLabels: hasLabels)
  }

  /// Ways to bring a vector to length 1 that exporters write.
  private static let normalizations:
    [@Sendable (inout GraphBuilder, Graph.ValueID) throws -> Graph.ValueID] = [
      { builder, x in
        let norm = try builder.node(.reduce(.l2, axes: [1], keepDimensions: true), x)
        let clipped = try builder.node(.unary(.clip(low: 1e-12, high: .infinity)), norm)
        let wide = try builder.node(.expand(shape: [1, 10]), clipped)
        return try builder.node(.binary(.divide), x, wide)
      },
      { builder, x in
        let squares = try builder.node(.binary(.multiply), x, x)
        let sum = try builder.node(.reduce(.sum, axes: [1], keepDimensions: true), squares)
        let shifted = try builder.node(.binary(.add), sum, builder.constant([], [1e-6]))
        let root = try builder.node(.unary(.sqrt), shifted)
        let inverse = try builder.node(.unary(.reciprocal), root)
        let unit = try builder.node(.binary(.multiply), x, inverse)
        return try builder.node(.binary(.multiply), unit, builder.constant([], [30]))
      },
      { builder, x in
        let magnitudes = try builder.node(.unary(.absolute), x)
        let sum = try builder.node(.reduce(.sum, axes: [1], keepDimensions: true), magnitudes)
        return try builder.reshape(try builder.node(.binary(.divide), x, sum), 10)
      },
      { builder, x in try builder.node(.unary(.tanh), x) },
    ]

  @Test(arguments: normalizations.indices)
  func embeddingsAreVectors(index: Int) throws {
    #expect(try meaning(Self.normalizations[index]) == .vector)
    #expect(try meaning(hasLabels: true, Self.normalizations[index]) == .logits)
  }

  @Test func classesStayClasses() throws {
    #expect(try meaning { $1 } == .logits)
    #expect(try meaning { try $0.node(.unary(.sigmoid), $1) } == .scores)
    #expect(try meaning { try $0.node(.softmax(axis: 1), $1) } == .logits)
    // Softmax in its parts is no division by a norm, whatever the logits are.
    let softmax = try meaning { builder, x in
      let exp = try builder.node(.unary(.exp), x)
      let sum = try builder.node(.reduce(.sum, axes: [1], keepDimensions: true), exp)
      return try builder.node(.binary(.divide), exp, sum)
    }
    #expect(softmax == .logits)
    // A temperature is none either.
    let scaled = try meaning { try $0.node(.binary(.divide), $1, $0.constant([], [0.07])) }
    #expect(scaled == .logits)
    // Weights that are compared with a vector of length 1 give logits again.
    let cosine = try meaning { builder, x in
      try builder.linear(try Self.normalizations[0](&builder, x), outputs: 10)
    }
    #expect(cosine == .logits)
  }
}
