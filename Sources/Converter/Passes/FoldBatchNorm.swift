import SwiftletGraph

/// Batch normalisation goes into the convolution or linear layer before it, or, where nothing is padded, into every one
/// behind it.
///
/// Folding forward through a padded convolution would be wrong at the border: such a node stays.
struct FoldBatchNorm: Pass {
  func rewrite(_ node: Graph.Node, in context: inout PassContext) -> Patch? {
    guard case .batchNorm(_, training: false) = node.op, let input = node.inputs[0],
      let (scale, shift) = context.affine(of: node), context.isReadOnce(input),
      let layer = context.producer(of: input),
      let channels = context.outputChannels(of: layer), channels == scale.count,
      layer.op != .linear || context.shape(input).count == 2
    else { return nil }
    return context.folding(layer, scale: scale, shift: shift, output: node.outputs[0]).map {
      Patch(nodes: [$0])
    }
  }
}

/// A convolution or linear layer takes up the batch normalisation of its input.
struct FoldBatchNormForward: Pass {
  func rewrite(_ node: Graph.Node, in context: inout PassContext) -> Patch? {
    guard let input = node.inputs.first ?? nil, let norm = context.producer(of: input),
      case .batchNorm(_, training: false) = norm.op,
      let (scale, shift) = context.affine(of: norm),
      context.consumers(of: input).allSatisfy({ absorbs($0, channels: scale.count, in: context) }),
      !context.graph.outputs.contains(input),
      let weights = context.constant(node.inputs[1]), let values = weights.floats,
      let channels = context.outputChannels(of: node)
    else { return nil }

    let isLinear = node.op == .linear
    let perOutput = values.count / channels
    let taps = isLinear ? 1 : weights.shape[2] * weights.shape[3]
    var scaled = values
    var bias =
      context.constant(node.inputs.count > 2 ? node.inputs[2] : nil)?.floats
      ?? Array(repeating: 0, count: channels)
    for n in 0..<channels {
      var sum: Float = 0
      for k in 0..<perOutput {
        let index = isLinear ? k * channels + n : n * perOutput + k
        let channel = k / taps
        sum += values[index] * shift[channel]
        scaled[index] = values[index] * scale[channel]
      }
      bias[n] += sum
    }
    var folded = node
    folded.inputs = [
      norm.inputs[0],
      context.addConstant(Tensor(shape: weights.shape, scaled), name: node.name + ".weights"),
      context.addConstant(Tensor(shape: [channels], bias), name: node.name + ".bias"),
    ]
    return Patch(nodes: [folded])
  }

  private func absorbs(_ layer: Graph.Node, channels: Int, in context: PassContext) -> Bool {
    guard context.outputChannels(of: layer) != nil, let weights = context.constant(layer.inputs[1])
    else { return false }
    if case .conv(let convolution) = layer.op {
      return convolution.groups == 1 && convolution.window.pads.allSatisfy { $0 == 0 }
        && weights.shape.count == 4 && weights.shape[1] == channels
    }
    return weights.shape[0] == channels && layer.inputs[0].map { context.shape($0).count } == 2
  }
}

extension PassContext {
  /// Batch normalisation as scale * x + shift, per channel.
  func affine(of norm: Graph.Node) -> (scale: [Float], shift: [Float])? {
    guard case .batchNorm(let epsilon, training: false) = norm.op, norm.inputs.count >= 5,
      let gamma = constant(norm.inputs[1])?.floats, let beta = constant(norm.inputs[2])?.floats,
      let mean = constant(norm.inputs[3])?.floats, let variance = constant(norm.inputs[4])?.floats,
      Set([gamma.count, beta.count, mean.count, variance.count]).count == 1
    else { return nil }
    let scale = gamma.indices.map { gamma[$0] / (variance[$0] + epsilon).squareRoot() }
    return (scale, scale.indices.map { beta[$0] - mean[$0] * scale[$0] })
  }
}
