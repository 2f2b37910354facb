package import SwiftletGraph
package import SwiftletProgram

extension OutputMeaning {
  /// What a float model's outputs are: by their shape, and by what computes them. A softmax at the end is left out, so that its
  /// outputs are logits; where there are labels, means of a map are taken for logits too.
  package init(of graph: Graph, hasLabels: Bool) {
    let shape = graph.outputs.first.map { graph.values[$0].shape } ?? []
    guard shape.count(where: { $0 != 1 }) <= 1 else {
      self = .vector
      return
    }
    let count = shape.reduce(1, *)
    switch Self.lastComputation(of: graph) {
    case .unary(.sigmoid), .unary(.hardSigmoid): self = .scores
    case .reduce, .averagePool, .maxPool, .layerNorm, .instanceNorm, .groupNorm:
      self = hasLabels ? .logits : .vector
    default: self = count == 1 ? .logit : .logits
    }
  }

  /// What computes the output, behind operators that only reshape.
  private static func lastComputation(of graph: Graph) -> Operator? {
    var value = graph.outputs.first
    for node in graph.nodes.reversed() where node.outputs.contains(where: { $0 == value }) {
      switch node.op {
      case .reshape, .transpose: value = node.inputs.first ?? nil
      default: return node.op
      }
    }
    return nil
  }
}
