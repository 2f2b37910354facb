extension Instruction {
  /// The name of the node it came from.
  package var name: String {
    switch self {
    case .convolution(let it): it.name
    case .depthwise(let it): it.name
    case .attention(let it): it.name
    case .layerNorm(let it): it.name
    case .add(let it): it.name
    case .multiply(let it): it.name
    case .lookup(let it): it.name
    case .requantize(let it): it.name
    case .mean(let it): it.name
    case .gather(let it): it.name
    }
  }

  /// What it does, in one word.
  package var kind: String {
    switch self {
    case .convolution(let it): it.window == nil ? "linear" : "convolution"
    case .depthwise: "depthwise"
    case .attention: "attention"
    case .layerNorm: "layerNorm"
    case .add: "add"
    case .multiply: "multiply"
    case .lookup: "lookup"
    case .requantize: "requantize"
    case .mean: "mean"
    case .gather: "gather"
    }
  }
}
