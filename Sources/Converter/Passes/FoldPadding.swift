import SwiftletGraph

/// A convolution takes up the zeros padded to the height and width of its input: how TensorFlow's SAME padding, which is
/// not symmetric for even sizes and a stride of two, reaches ONNX.
struct FoldPadding: Pass {
  func rewrite(_ node: Graph.Node, in context: inout PassContext) -> Patch? {
    guard case .conv(var convolution) = node.op, let input = node.inputs[0],
      let padding = context.producer(of: input),
      case .pad(let pads, mode: .constant, value: 0) = padding.op, pads.count == 8,
      pads.allSatisfy({ $0 >= 0 }), [pads[0], pads[1], pads[4], pads[5]].allSatisfy({ $0 == 0 })
    else { return nil }
    let added = [pads[2], pads[3], pads[6], pads[7]]
    convolution.window.pads = zip(convolution.window.pads, added).map(+)
    return Patch(
      replacing: node, by: .conv(convolution), of: [padding.inputs[0]] + node.inputs.dropFirst())
  }
}
