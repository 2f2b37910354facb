package import SwiftletProgram

extension Instruction {
  /// The tensors that it reads.
  package var reads: [TensorID] {
    switch self {
    case .convolution(let it): [it.input.tensor] + it.epilogue.reads
    case .depthwise(let it): [it.input.tensor] + it.epilogue.reads
    case .attention(let it): [it.query.tensor, it.key.tensor, it.value.tensor]
    case .layerNorm(let it): [it.input.tensor]
    case .add(let it): [it.left.tensor, it.right.tensor]
    case .multiply(let it): [it.left.tensor, it.right.tensor]
    case .lookup(let it): [it.input.tensor]
    case .requantize(let it): [it.input.tensor]
    case .mean(let it): [it.input.tensor] + it.epilogue.reads
    case .gather(let it): it.inputs
    }
  }

  /// The tensor that it writes.
  package var writes: TensorID {
    switch self {
    case .convolution(let it): it.output
    case .depthwise(let it): it.output
    case .attention(let it): it.output
    case .layerNorm(let it): it.output
    case .add(let it): it.output
    case .multiply(let it): it.output
    case .lookup(let it): it.output
    case .requantize(let it): it.output
    case .mean(let it): it.output
    case .gather(let it): it.output
    }
  }
}

extension Epilogue {
  /// The tensors that it reads.
  fileprivate var reads: [TensorID] { residual.map { [$0.operand.tensor] } ?? [] }
}
