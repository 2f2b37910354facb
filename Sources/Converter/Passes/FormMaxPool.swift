import SwiftletGraph

/// The largest value of each channel of a whole map: a max pooling whose window is as large as the map.
struct FormMaxPool: Pass {
  func rewrite(_ node: Graph.Node, in context: inout PassContext) -> Patch? {
    guard case .reduce(.maximum, let axes, let keepsDimensions) = node.op, let x = node.inputs[0]
    else { return nil }
    let shape = context.shape(x)
    guard shape.count == 4, Set(axes) == [2, 3] else { return nil }
    let pool = Operator.maxPool(
      Pooling(
        kernel: [shape[2], shape[3]], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0]))
    if keepsDimensions { return Patch(replacing: node, by: pool, of: [x]) }
    let pooled = context.addValue(name: node.name + ".pooled", shape: [shape[0], shape[1], 1, 1])
    return Patch(nodes: [
      .init(name: node.name + ".pool", op: pool, inputs: [x], outputs: [pooled]),
      .init(
        name: node.name, op: .reshape(shape: [shape[0], shape[1]]), inputs: [pooled],
        outputs: node.outputs),
    ])
  }
}
