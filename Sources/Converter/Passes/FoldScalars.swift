import SwiftletGraph

/// (x * a) * b becomes x * (a * b), unless that is out of range, and x * 1 becomes x.
struct MergeScalars: Pass {
  func rewrite(_ node: Graph.Node, in context: inout PassContext) -> Patch? {
    guard let (x, scalar) = context.scalarProduct(node) else { return nil }
    if scalar == 1, context.shape(x) == context.shape(node.outputs[0]) {
      return Patch(aliases: [node.outputs[0]: x])
    }
    guard let inner = context.producer(of: x),
      let (innermost, factor) = context.scalarProduct(inner), (scalar * factor).isFinite
    else { return nil }
    return Patch(nodes: [
      context.multiplication(
        of: innermost, by: scalar * factor, output: node.outputs[0], name: node.name)
    ])
  }
}

/// Movement of x * a becomes (movement of x) * a, so that scalars come to stand before the operator that uses them.
struct HoistScalars: Pass {
  func rewrite(_ node: Graph.Node, in context: inout PassContext) -> Patch? {
    guard node.op.isRearrangement, let input = node.inputs[0], context.isReadOnce(input),
      let product = context.producer(of: input),
      let (x, scalar) = context.scalarProduct(product)
    else { return nil }
    let output = node.outputs[0]
    let moved = context.addValue(
      name: context.graph.values[output].name + ".unscaled", shape: context.shape(output))
    var movement = node
    movement.inputs[0] = x
    movement.outputs = [moved]
    return Patch(nodes: [
      movement,
      context.multiplication(of: moved, by: scalar, output: output, name: product.name),
    ])
  }
}

extension PassContext {
  /// The operands of a product with a constant scalar that keeps its input's shape.
  func scalarProduct(_ node: Graph.Node) -> (value: Graph.ValueID, scalar: Float)? {
    guard case .binary(.multiply) = node.op, let (value, constant) = splitConstant(node),
      let floats = constant.floats, floats.count == 1, shape(value) == shape(node.outputs[0])
    else { return nil }
    return (value, floats[0])
  }

  mutating func multiplication(
    of value: Graph.ValueID, by scalar: Float, output: Graph.ValueID, name: String
  ) -> Graph.Node {
    let factor = addConstant(Tensor(shape: [], [scalar]), name: name + ".factor")
    return .init(
      name: name, op: .binary(.multiply), inputs: [value, factor], outputs: [output])
  }
}
