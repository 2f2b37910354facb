package import SwiftletGraph
package import SwiftletProgram

extension OutputMeaning {
  /// What a float model's outputs are: by their shape, and by what computes them. A softmax at the end is left out, so that its
  /// outputs are logits; where there are labels, what else would be a vector for its last operator is taken for logits too.
  package init(of graph: Graph, hasLabels: Bool) {
    let shape = graph.outputs.first.map { graph.values[$0].shape } ?? []
    guard shape.count(where: { $0 != 1 }) <= 1 else {
      self = .vector
      return
    }
    let context = PassContext(PassPipeline.logits(of: graph))
    let last = Self.lastComputation(in: context)
    let logits: Self = shape.reduce(1, *) == 1 ? .logit : .logits
    switch last?.op {
    case .unary(.sigmoid), .unary(.hardSigmoid): self = .scores
    case .unary(.tanh), .reduce, .averagePool, .maxPool, .layerNorm, .instanceNorm, .groupNorm:
      self = hasLabels ? .logits : .vector
    case .binary:
      let isVector = !hasLabels && last.map { Self.dividesByNorm($0, in: context) } == true
      self = isVector ? .vector : logits
    default: self = logits
    }
  }

  /// What computes the output, behind operators that only reshape.
  private static func lastComputation(in context: PassContext) -> Graph.Node? {
    var node = context.producer(of: context.graph.outputs.first)
    while let reshaped = node, isReshape(reshaped.op) {
      node = context.producer(of: reshaped.inputs[0])
    }
    return node
  }

  private static func isReshape(_ op: Operator) -> Bool {
    switch op {
    case .reshape, .transpose: true
    default: false
    }
  }

  /// Whether a node brings a vector to a length, as embeddings are: it divides by a norm or multiplies with its reciprocal,
  /// and constants may follow.
  private static func dividesByNorm(_ node: Graph.Node, in context: PassContext) -> Bool {
    switch node.op {
    case .binary(.divide): return isNorm(node.inputs[1], in: context)
    case .binary(.multiply):
      guard let (value, _) = context.splitConstant(node) else {
        return node.inputs.contains { isNorm($0, in: context) }
      }
      return context.producer(of: value).map { dividesByNorm($0, in: context) } ?? false
    default: return false
    }
  }

  /// Whether a value is a function of a sum of squares or magnitudes.
  private static func isNorm(_ value: Graph.ValueID?, in context: PassContext) -> Bool {
    guard let node = context.producer(of: value) else { return false }
    switch node.op {
    case .reduce(.l2, _, _): return true
    case .reduce(.sum, _, _), .reduce(.mean, _, _):
      guard let summed = context.producer(of: node.inputs[0]) else { return false }
      switch summed.op {
      case .unary(.absolute), .binary(.power): return true
      case .binary(.multiply): return summed.inputs[0] == summed.inputs[1]
      default: return false
      }
    case .unary, .reshape, .expand: return isNorm(node.inputs[0], in: context)
    case .binary:
      return context.splitConstant(node).map { isNorm($0.value, in: context) } ?? false
    default: return false
    }
  }
}
