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
    var bias = context.floats(2, of: node) ?? Array(repeating: 0, count: channels)
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
    var folded = context.replacing(Tensor(shape: weights.shape, scaled), bias, of: node)
    folded.inputs[0] = norm.inputs[0]
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
    guard case .batchNorm(let epsilon, training: false) = norm.op,
      let gamma = floats(1, of: norm), let beta = floats(2, of: norm),
      let mean = floats(3, of: norm), let variance = floats(4, of: norm),
      Set([gamma.count, beta.count, mean.count, variance.count]).count == 1
    else { return nil }
    let scale = gamma.indices.map { gamma[$0] / (variance[$0] + epsilon).squareRoot() }
    return (scale, scale.indices.map { beta[$0] - mean[$0] * scale[$0] })
  }
}
