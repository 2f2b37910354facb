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

  /// See `KernelOperator.phases`.
  var phases: Int {
    switch self {
    case .convolution(let it): it.phases
    case .depthwise(let it): it.phases
    case .attention(let it): it.phases
    case .layerNorm(let it): it.phases
    case .add(let it): it.phases
    case .multiply(let it): it.phases
    case .lookup(let it): it.phases
    case .requantize(let it): it.phases
    case .mean(let it): it.phases
    case .gather(let it): it.phases
    }
  }

  /// See `KernelOperator.scratchBytesPerThread`.
  var scratchBytesPerThread: Int {
    switch self {
    case .convolution(let it): it.scratchBytesPerThread
    case .depthwise(let it): it.scratchBytesPerThread
    case .attention(let it): it.scratchBytesPerThread
    case .layerNorm(let it): it.scratchBytesPerThread
    case .add(let it): it.scratchBytesPerThread
    case .multiply(let it): it.scratchBytesPerThread
    case .lookup(let it): it.scratchBytesPerThread
    case .requantize(let it): it.scratchBytesPerThread
    case .mean(let it): it.scratchBytesPerThread
    case .gather(let it): it.scratchBytesPerThread
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
