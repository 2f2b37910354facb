import SwiftletGraph

/// (x - mean x) / sqrt(mean (x - mean x)^2 + epsilon) over the last axis becomes one layer normalisation: what exporters
/// write before opset 17.
struct FuseLayerNorm: Pass {
  func rewrite(_ node: Graph.Node, in context: inout PassContext) -> Patch? {
    guard case .binary(.divide) = node.op, let centred = node.inputs[0],
      let x = centredInput(centred, in: context),
      let root = context.producer(of: node.inputs[1]), case .unary(.sqrt) = root.op,
      let sum = context.producer(of: root.inputs[0]), case .binary(.add) = sum.op,
      let (variance, constant) = context.splitConstant(sum), let epsilon = constant.floats,
      epsilon.count == 1, let squared = meanInput(variance, in: context),
      isSquare(squared, of: centred, in: context), let channels = context.shape(x).last
    else { return nil }
    let scale = context.addConstant(
      Tensor(shape: [channels], Array(repeating: 1, count: channels)), name: node.name + ".scale")
    let op = Operator.layerNorm(axis: context.shape(x).count - 1, epsilon: epsilon[0])
    return Patch(replacing: node, by: op, of: [x, scale])
  }

  /// x of x - mean x.
  private func centredInput(
    _ value: Graph.ValueID, in context: PassContext
  ) -> Graph.ValueID? {
    guard let difference = context.producer(of: value), case .binary(.subtract) = difference.op,
      let x = difference.inputs[0], let mean = difference.inputs[1],
      meanInput(mean, in: context) == x
    else { return nil }
    return x
  }

  /// x of the mean of x over the last axis.
  private func meanInput(_ value: Graph.ValueID, in context: PassContext) -> Graph.ValueID? {
    guard let mean = context.producer(of: value),
      case .reduce(.mean, let axes, keepDimensions: true) = mean.op, let x = mean.inputs[0],
      axes == [context.shape(x).count - 1]
    else { return nil }
    return x
  }

  private func isSquare(
    _ value: Graph.ValueID, of centred: Graph.ValueID, in context: PassContext
  ) -> Bool {
    guard let square = context.producer(of: value), square.inputs.first == centred else {
      return false
    }
    return square.op == .binary(.multiply)
      ? square.inputs[1] == centred
      : square.op == .binary(.power) && context.scalar(square.inputs[1]) == 2
  }
}

/// A constant factor or summand of each channel goes into the layer normalisation before it.
struct FoldLayerNorm: Pass {
  func rewrite(_ node: Graph.Node, in context: inout PassContext) -> Patch? {
    guard node.op == .binary(.multiply) || node.op == .binary(.add),
      let (value, constant) = context.splitConstant(node), context.isReadOnce(value),
      context.shape(value) == context.shape(node.outputs[0]),
      var norm = context.producer(of: value), case .layerNorm(let axis, _) = norm.op,
      axis == context.shape(value).count - 1,
      let scale = context.floats(1, of: norm), let row = constant.row(of: scale.count)
    else { return nil }
    let bias = context.floats(2, of: norm) ?? Array(repeating: 0, count: scale.count)
    let isProduct = node.op == .binary(.multiply)
    let scaled = isProduct ? zip(scale, row).map { $0 * $1 } : scale
    norm = context.replacing(
      Tensor(shape: [row.count], scaled), zip(bias, row).map { isProduct ? $0 * $1 : $0 + $1 },
      of: norm, named: "scale")
    norm.outputs = node.outputs
    return Patch(nodes: [norm])
  }
}
