/// One step of a program. The arithmetic of each is in docs/ARITHMETIC.md and in `CKernels/spec`.
package enum Instruction: Sendable, Equatable, Codable {
  case convolution(Convolution)
  case depthwise(Depthwise)
  case attention(Attention)
  case layerNorm(LayerNorm)
  case add(Add)
  case multiply(Multiply)
  case lookup(Lookup)
  case requantize(Requantize)
  case mean(Mean)
  case maxPool(MaxPool)
  case gather(Gather)

  /// What it says of itself.
  package var body: any InstructionBody {
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
    case .maxPool(let it): it
    case .gather(let it): it
    }
  }
}
