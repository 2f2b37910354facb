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
    if let last, Self.isSigmoid(last.op) {
      self = .scores
    } else if let last, Self.summarizes(last.op) {
      self = hasLabels ? .logits : .vector
    } else if let last, !hasLabels, Self.dividesByNorm(last, in: context) {
      self = .vector
    } else {
      self = logits
    }
  }

  private static func isSigmoid(_ op: Operator) -> Bool {
    guard case .unary(let function) = op else { return false }
    if case .hardSigmoid = function { return true }
    return function == .sigmoid
  }

  /// Whether an operator pools, normalises or limits what a network computes, as embeddings end.
  private static func summarizes(_ op: Operator) -> Bool {
    if case .reduce = op { return true }
    if case .averagePool = op { return true }
    if case .maxPool = op { return true }
    if case .layerNorm = op { return true }
    if case .instanceNorm = op { return true }
    if case .groupNorm = op { return true }
    return op == .unary(.tanh)
  }

  /// What computes the output, behind operators that only reshape.
  private static func lastComputation(in context: PassContext) -> Graph.Node? {
    var node = context.producer(of: context.graph.outputs.first)
    while let reshaped = node, reshaped.op.isRearrangement {
      node = context.producer(of: reshaped.inputs[0])
    }
    return node
  }

  /// Whether a node brings a vector to a length, as embeddings are: it divides by a norm or multiplies with its reciprocal,
  /// and constants may follow.
  private static func dividesByNorm(_ node: Graph.Node, in context: PassContext) -> Bool {
    if case .binary(.divide) = node.op { return isNorm(node.inputs[1], in: context) }
    guard case .binary(.multiply) = node.op else { return false }
    guard let (value, _) = context.splitConstant(node) else {
      return node.inputs.contains { isNorm($0, in: context) }
    }
    return context.producer(of: value).map { dividesByNorm($0, in: context) } ?? false
  }

  /// Whether a value is a function of a sum of squares or magnitudes.
  private static func isNorm(_ value: Graph.ValueID?, in context: PassContext) -> Bool {
    guard let node = context.producer(of: value) else { return false }
    if case .reduce(let reduction, _, _) = node.op {
      switch reduction {
      case .l2: return true
      case .sum, .mean: return context.producer(of: node.inputs[0]).map(isMagnitude) ?? false
      case .maximum, .minimum, .product: return false
      }
    }
    if case .binary = node.op {
      return context.splitConstant(node).map { isNorm($0.value, in: context) } ?? false
    }
    if case .unary = node.op { return isNorm(node.inputs[0], in: context) }
    if case .reshape = node.op { return isNorm(node.inputs[0], in: context) }
    if case .expand = node.op { return isNorm(node.inputs[0], in: context) }
    return false
  }

  /// Whether a node yields squares or magnitudes.
  private static func isMagnitude(_ node: Graph.Node) -> Bool {
    if case .binary(.multiply) = node.op { return node.inputs[0] == node.inputs[1] }
    return node.op == .unary(.absolute) || node.op == .binary(.power)
  }
}
