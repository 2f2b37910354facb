import SwiftletGraph
import SwiftletProgram

/// Which tensors of a plan are int16, and which share one scale.
///
/// int16 are the inputs of layer normalisations, the logits, what is promoted, and every residual stream that reaches one of
/// them: sums are followed back to what is added and forward to what they are added to. A stream has one scale, so its sums
/// are plain saturating additions.
struct Precision {
  private(set) var types: [ActivationType]
  /// Tensors whose layers take all of int16, in two planes.
  let promoted: Set<TensorID>
  private var parents: [Int]

  /// `promoting` are tensors that become int16 beside those that always are; `range` is what calibration saw of a tensor.
  init(
    _ plan: Plan, promoting: Set<TensorID> = [], range: (TensorID) -> ValueRange? = { _ in nil }
  ) {
    var wide: Set<TensorID> = [plan.output]
    for operation in plan.operations {
      if case .layerNorm(let input, _, _, _) = operation.kind { wide.insert(input.tensor) }
    }
    promoted = Self.streams(of: promoting, in: plan)
    wide = Self.streams(of: wide, in: plan).union(promoted)
    types = plan.tensors.indices.map { wide.contains($0) ? .int16 : .int8 }
    parents = Array(0..<plan.tensors.count)
    var readers: [TensorID: Int] = [:]
    for input in plan.operations.flatMap(\.kind.inputs) { readers[input, default: 0] += 1 }
    for operation in plan.operations {
      let isInt16 = types[operation.output] == .int16
      switch operation.kind {
      case .add(let left, let right) where isInt16:
        join(left.tensor, operation.output)
        join(right.tensor, operation.output)
      case .convolution(let layer), .depthwise(let layer):
        if let residual = layer.residual, isInt16 { join(residual.tensor, operation.output) }
      case .gather(let gather):
        let apart = isInt16 ? [] : Self.apart(gather, readers: readers, range: range)
        for input in gather.inputs where !apart.contains(input) { join(input, operation.output) }
      default: break
      }
    }
  }

  /// What a gather joins with tensors of larger ranges while others read it too: for these it keeps its own scale, and
  /// is converted for the gather.
  private static func apart(
    _ gather: Plan.Gather, readers: [TensorID: Int], range: (TensorID) -> ValueRange?
  ) -> Set<TensorID> {
    let ranges = gather.inputs.compactMap { input in range(input).map { (input, $0) } }
    guard ranges.count == gather.inputs.count,
      let low = ranges.map(\.1.low).min(), let high = ranges.map(\.1.high).max()
    else { return [] }
    return Set(
      ranges.filter { readers[$0.0, default: 0] > 1 && $0.1.width < 0.75 * (high - low) }.map(\.0))
  }

  /// The tensors and all that is added to them, or joined with them, without a change of scale.
  static func streams(of tensors: Set<TensorID>, in plan: Plan) -> Set<TensorID> {
    var found = tensors
    var size = -1
    while found.count > size {
      size = found.count
      for operation in plan.operations {
        let stream: [TensorID]
        switch operation.kind {
        case .add(let left, let right): stream = [left.tensor, right.tensor, operation.output]
        case .convolution(let layer), .depthwise(let layer):
          guard let residual = layer.residual else { continue }
          stream = [residual.tensor, operation.output]
        case .gather(let gather): stream = gather.inputs + [operation.output]
        default: continue
        }
        if !found.isDisjoint(with: stream) { found.formUnion(stream) }
      }
    }
    return found
  }

  /// The representative of the tensors that share a tensor's scale.
  func group(of tensor: TensorID) -> Int {
    var root = tensor
    while parents[root] != root { root = parents[root] }
    return root
  }

  /// Whether no other tensor shares its scale.
  func isAlone(_ tensor: TensorID) -> Bool {
    let group = group(of: tensor)
    return !types.indices.contains { $0 != tensor && self.group(of: $0) == group }
  }

  private mutating func join(_ a: TensorID, _ b: TensorID) {
    let (a, b) = (group(of: a), group(of: b))
    if a != b { parents[max(a, b)] = min(a, b) }
  }
}
