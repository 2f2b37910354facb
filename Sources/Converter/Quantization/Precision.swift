import SwiftletGraph
import SwiftletProgram

/// Which tensors of a plan are int16, and which share one scale.
///
/// int16 are the inputs of layer normalisations, the logits, and every residual stream that reaches one of them: sums are
/// followed back to what is added and forward to what they are added to. A stream has one scale, so its sums are plain
/// saturating additions.
struct Precision {
  private(set) var types: [ActivationType]
  private var parents: [Int]

  init(_ plan: Plan) {
    types = Array(repeating: .int8, count: plan.tensors.count)
    parents = Array(0..<plan.tensors.count)

    types[plan.output] = .int16
    for operation in plan.operations {
      if case .layerNorm(let input, _, _, _) = operation.kind { types[input.tensor] = .int16 }
    }
    while spread(over: plan) {}
    for operation in plan.operations {
      let isInt16 = types[operation.output] == .int16
      switch operation.kind {
      case .add(let left, let right) where isInt16:
        join(left.tensor, operation.output)
        join(right.tensor, operation.output)
      case .convolution(let layer), .depthwise(let layer):
        if let residual = layer.residual, isInt16 { join(residual.tensor, operation.output) }
      case .gather(let gather):
        for input in gather.inputs { join(input, operation.output) }
      default: break
      }
    }
  }

  /// The representative of the tensors that share a tensor's scale.
  func group(of tensor: TensorID) -> Int {
    var root = tensor
    while parents[root] != root { root = parents[root] }
    return root
  }

  private mutating func join(_ a: TensorID, _ b: TensorID) {
    let (a, b) = (group(of: a), group(of: b))
    if a != b { parents[max(a, b)] = min(a, b) }
  }

  private mutating func spread(over plan: Plan) -> Bool {
    var changed = false
    func widen(_ tensors: [TensorID]) {
      guard tensors.contains(where: { types[$0] == .int16 }) else { return }
      for tensor in tensors where types[tensor] == .int8 {
        types[tensor] = .int16
        changed = true
      }
    }
    for operation in plan.operations {
      switch operation.kind {
      case .add(let left, let right): widen([left.tensor, right.tensor, operation.output])
      case .convolution(let layer), .depthwise(let layer):
        if let residual = layer.residual { widen([residual.tensor, operation.output]) }
      case .gather(let gather): widen(gather.inputs + [operation.output])
      default: break
      }
    }
    return changed
  }
}
