import SwiftletGraph

/// A constant factor or summand of each output channel goes into the convolution or linear layer before it, a constant
/// factor of each input channel into the linear layer behind it.
struct FoldConstants: Pass {
  func rewrite(_ node: Graph.Node, in context: inout PassContext) -> Patch? {
    node.op == .linear
      ? factorIntoLinear(node, in: &context) : intoProducer(node, in: &context)
  }

  private func intoProducer(_ node: Graph.Node, in context: inout PassContext) -> Patch? {
    guard node.op == .binary(.multiply) || node.op == .binary(.add),
      let (value, constant) = context.splitConstant(node), context.isReadOnce(value),
      context.shape(value) == context.shape(node.outputs[0]),
      let layer = context.producer(of: value),
      let channels = context.outputChannels(of: layer)
    else { return nil }
    let rank = context.shape(value).count
    let perChannel: [Float]?
    if case .conv = layer.op {
      perChannel = constant.channels(of: channels, rank: rank)
    } else {
      perChannel = constant.row(of: channels)
    }
    guard let perChannel else { return nil }
    let isProduct = node.op == .binary(.multiply)
    return context.folding(
      layer, scale: isProduct ? perChannel : Array(repeating: 1, count: channels),
      shift: isProduct ? Array(repeating: 0, count: channels) : perChannel, output: node.outputs[0]
    )
    .map { Patch(nodes: [$0]) }
  }

  private func factorIntoLinear(_ node: Graph.Node, in context: inout PassContext) -> Patch? {
    guard let input = node.inputs[0], context.isReadOnce(input),
      let product = context.producer(of: input), case .binary(.multiply) = product.op,
      let (x, constant) = context.splitConstant(product),
      context.shape(x) == context.shape(input),
      let weights = context.constant(node.inputs[1]), let values = weights.floats,
      let factors = constant.row(of: weights.shape[0])
    else { return nil }
    let columns = weights.shape[1]
    var linear = node
    linear.inputs[0] = x
    linear.inputs[1] = context.addConstant(
      Tensor(shape: weights.shape, values.indices.map { values[$0] * factors[$0 / columns] }),
      name: node.name + ".weights")
    return Patch(nodes: [linear])
  }
}

extension PassContext {
  /// The number of output channels of a convolution or linear layer with constant weights and bias.
  func outputChannels(of layer: Graph.Node) -> Int? {
    let axis: Int
    if case .conv = layer.op {
      axis = 0
    } else if case .linear = layer.op {
      axis = 1
    } else {
      return nil
    }
    guard let weights = constant(layer.inputs[1]) else { return nil }
    if layer.inputs.count > 2, layer.inputs[2] != nil, constant(layer.inputs[2]) == nil {
      return nil
    }
    return weights.shape[axis]
  }

  /// The layer with scale * y + shift in the place of y, per output channel.
  mutating func folding(
    _ layer: Graph.Node, scale: [Float], shift: [Float], output: Graph.ValueID
  ) -> Graph.Node? {
    guard let weights = constant(layer.inputs[1]), let values = weights.floats,
      let channels = outputChannels(of: layer)
    else { return nil }
    let isLinear = layer.op == .linear
    let perChannel = values.count / max(1, channels)
    let scaled = values.indices.map {
      values[$0] * scale[isLinear ? $0 % channels : $0 / perChannel]
    }
    let bias = floats(2, of: layer) ?? Array(repeating: 0, count: channels)
    var folded = replacing(
      Tensor(shape: weights.shape, scaled),
      (0..<channels).map { bias[$0] * scale[$0] + shift[$0] }, of: layer)
    folded.outputs = [output]
    return folded
  }
}
