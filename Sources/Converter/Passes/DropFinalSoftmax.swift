import SwiftletGraph

/// A softmax over the last axis, or its logarithm, that only turns the logits into the model's output is left out: the order of
/// the classes stays.
struct DropFinalSoftmax: Pass {
  func rewrite(_ node: Graph.Node, in context: inout PassContext) -> Patch? {
    guard context.graph.outputs == node.outputs, let logits = logits(of: node, in: context) else {
      return nil
    }
    return Patch(aliases: [node.outputs[0]: logits])
  }

  /// What the node is the softmax of, or its logarithm, whether as one operator or in its parts.
  private func logits(of node: Graph.Node, in context: PassContext) -> Graph.ValueID? {
    if case .unary(.log) = node.op { return probabilities(node.inputs[0], in: context) }
    if case .unary(.clip(let low, let high)) = node.op, low <= 0, high >= 1 {
      return probabilities(node.inputs[0], in: context)
    }
    // x - log(sum(exp(x)))
    if case .binary(.subtract) = node.op, let x = node.inputs[0],
      let log = context.producer(of: node.inputs[1]), case .unary(.log) = log.op,
      let exp = exponentials(summedBy: log.inputs[0], in: context), exp.inputs[0] == x
    {
      return unshifted(x, in: context)
    }
    return probabilities(node.outputs[0], in: context)
  }

  /// What a value is the softmax of: of one operator, or of exp(x) / sum(exp(x)).
  private func probabilities(_ value: Graph.ValueID?, in context: PassContext) -> Graph.ValueID? {
    guard let node = context.producer(of: value) else { return nil }
    if case .softmax(let axis) = node.op {
      return node.inputs[0].flatMap { axis == context.shape($0).count - 1 ? $0 : nil }
    }
    guard case .binary(.divide) = node.op,
      let exp = exponentials(summedBy: node.inputs[1], in: context),
      exp.outputs[0] == node.inputs[0], let x = exp.inputs[0]
    else { return nil }
    return unshifted(x, in: context)
  }

  /// The exponential whose sum over the last axis a value is.
  private func exponentials(summedBy value: Graph.ValueID?, in context: PassContext) -> Graph.Node?
  {
    guard let x = reduced(value, by: .sum, in: context), let exp = context.producer(of: x),
      case .unary(.exp) = exp.op
    else { return nil }
    return exp
  }

  /// x of x - max(x), which softmax does not tell from x.
  private func unshifted(_ value: Graph.ValueID, in context: PassContext) -> Graph.ValueID {
    guard let node = context.producer(of: value), case .binary(.subtract) = node.op,
      let x = node.inputs[0], reduced(node.inputs[1], by: .maximum, in: context) == x
    else { return value }
    return x
  }

  /// The value that another is a reduction of over the last axis.
  private func reduced(
    _ value: Graph.ValueID?, by reduction: Reduction, in context: PassContext
  ) -> Graph.ValueID? {
    guard let node = context.producer(of: value), case .reduce(reduction, let axes, true) = node.op,
      let x = node.inputs[0], axes == [context.shape(x).count - 1]
    else { return nil }
    return x
  }
}
