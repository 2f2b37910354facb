import SwiftletKernels

/// An instruction, bound to memory.
enum PreparedOperator {
  case convolution(ConvolutionOperator)
  case depthwise(DepthwiseOperator)
  case attention(AttentionOperator)
  case layerNorm(LayerNormOperator)
  case add(AddOperator)
  case multiply(MultiplyOperator)
  case lookup(LookupOperator)
  case requantize(RequantizeOperator)
  case mean(MeanOperator)
  case gather(GatherOperator)

  /// What it is, for all that is not done while the model runs.
  var body: any KernelOperator {
    switch self {
    case .convolution(let it): it
    case .depthwise(let it): it
    case .attention(let it): it
    case .layerNorm(let it): it
    case .add(let it): it
    case .multiply(let it): it
    case .lookup(let it): it
    case .requantize(let it): it
    case .mean(let it): it
    case .gather(let it): it
    }
  }

  /// See `KernelOperator.run`.
  func run(phase: Int, share: Share) {
    switch self {
    case .convolution(let it): it.run(phase: phase, share: share)
    case .depthwise(let it): it.run(phase: phase, share: share)
    case .attention(let it): it.run(phase: phase, share: share)
    case .layerNorm(let it): it.run(phase: phase, share: share)
    case .add(let it): it.run(phase: phase, share: share)
    case .multiply(let it): it.run(phase: phase, share: share)
    case .lookup(let it): it.run(phase: phase, share: share)
    case .requantize(let it): it.run(phase: phase, share: share)
    case .mean(let it): it.run(phase: phase, share: share)
    case .gather(let it): it.run(phase: phase, share: share)
    }
  }
}
