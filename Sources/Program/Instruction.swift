/// One step of a program. The arithmetic of each is in DESIGN.md, section 3, and in `CKernels/spec`.
package enum Instruction: Sendable, Equatable, Codable {
  /// See `Convolution`.
  case convolution(Convolution)
  /// See `Depthwise`.
  case depthwise(Depthwise)
  /// See `Attention`.
  case attention(Attention)
  /// See `LayerNorm`.
  case layerNorm(LayerNorm)
  /// See `Add`.
  case add(Add)
  /// See `Multiply`.
  case multiply(Multiply)
  /// See `Lookup`.
  case lookup(Lookup)
  /// See `Requantize`.
  case requantize(Requantize)
  /// See `Mean`.
  case mean(Mean)
  /// See `Gather`.
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
    case .gather(let it): it
    }
  }
}
