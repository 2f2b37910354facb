import SwiftletGraph
import SwiftletProgram

/// What a plan's constraints allow: which tensors are int16, which share a scale, and, once ranges are known, every tensor's
/// scale and zero point.
///
/// int16 is what a constraint asks for, the logits, what is promoted, and every residual stream that reaches one of them:
/// sums are followed back to what is added and forward to what they are added to. A stream has one scale, so its sums are
/// plain saturating additions.
struct Solver {
  let plan: Plan
  /// What the plan's operations ask, in their order.
  let constraints: [Constraint]
  private(set) var types: [ActivationType]
  /// Tensors whose layers take all of int16, in two planes.
  let promoted: Set<TensorID>
  /// The limits of the ReLU or clip that a tensor was written through.
  let limits: [TensorID: Limits]
  /// Of each tensor, another one that shares its scale; see `group`.
  private var parents: [Int]

  /// `promoting` are tensors that become int16 beside those that always are; `range` is what calibration saw of a tensor.
  init(
    _ plan: Plan, promoting: Set<TensorID> = [], range: (TensorID) -> ValueRange? = { _ in nil }
  ) {
    self.plan = plan
    let constraints = plan.constraints
    self.constraints = constraints
    var wide: Set<TensorID> = [plan.output]
    var limits: [TensorID: Limits] = [:]
    for constraint in constraints {
      if case .int16(let tensor) = constraint { wide.insert(tensor) }
      if case .scaledByChannel(let tensor, let limited?) = constraint { limits[tensor] = limited }
    }
    self.limits = limits
    promoted = Self.streams(of: promoting, constraints)
    wide = Self.streams(of: wide, constraints).union(promoted)
    types = plan.tensors.indices.map { wide.contains($0) ? .int16 : .int8 }
    parents = Array(0..<plan.tensors.count)
    var readers: [TensorID: Int] = [:]
    for input in plan.operations.flatMap(\.body.inputs) { readers[input, default: 0] += 1 }
    for constraint in constraints {
      switch constraint {
      case .sum(let summands, let sum, _):
        guard types[sum] == .int16 else { continue }
        for summand in summands { join(summand.tensor, sum) }
      case .moved(let inputs, let output):
        let apart =
          types[output] == .int16 ? [] : Self.apart(inputs, readers: readers, range: range)
        for input in inputs where !apart.contains(input) { join(input, output) }
      case .int16, .symmetric, .mean, .weighted, .scaledByChannel, .argument: continue
      }
    }
  }

  /// What is moved together with tensors of larger ranges while others read it too: for these it keeps its own scale, and is
  /// converted for the move.
  private static func apart(
    _ inputs: [TensorID], readers: [TensorID: Int], range: (TensorID) -> ValueRange?
  ) -> Set<TensorID> {
    let ranges = inputs.compactMap { input in range(input).map { (input, $0) } }
    guard ranges.count == inputs.count,
      let low = ranges.map(\.1.low).min(), let high = ranges.map(\.1.high).max()
    else { return [] }
    return Set(
      ranges.filter { readers[$0.0, default: 0] > 1 && $0.1.width < 0.75 * (high - low) }.map(\.0))
  }

  /// The tensors and all that is added to them, or moved with them, without a change of scale.
  func stream(of tensor: TensorID) -> Set<TensorID> { Self.streams(of: [tensor], constraints) }

  private static func streams(
    of tensors: Set<TensorID>, _ constraints: [Constraint]
  ) -> Set<TensorID> {
    var found = tensors
    var size = -1
    while found.count > size {
      size = found.count
      for constraint in constraints {
        let stream: [TensorID]
        switch constraint {
        case .sum(let summands, let sum, _): stream = summands.map(\.tensor) + [sum]
        case .moved(let inputs, let output): stream = inputs + [output]
        case .int16, .symmetric, .mean, .weighted, .scaledByChannel, .argument: continue
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
  private func isAlone(_ tensor: TensorID) -> Bool {
    let group = group(of: tensor)
    return !types.indices.contains { $0 != tensor && self.group(of: $0) == group }
  }

  private mutating func join(_ a: TensorID, _ b: TensorID) {
    let (a, b) = (group(of: a), group(of: b))
    if a != b { parents[max(a, b)] = min(a, b) }
  }
}

// MARK: scales

extension Solver {
  /// What calibration saw of a graph's value.
  typealias Entries = (Graph.ValueID?) -> CalibrationTable.Entry?

  /// Every tensor's scale and zero point. Where the input is an image its own are fixed.
  func quantizations(_ entry: Entries, isImage: Bool, equalizes: Bool) -> [Quantization] {
    // Tensors that fusing left without a reader have no range, and need none.
    let unused = ValueRange(low: -1, high: 1)
    let ranges = ranges(entry)
    var result = plan.tensors.indices.map { index -> Quantization in
      let range = ranges[group(of: index)]
      if types[index] == .int16 {
        return Quantization(
          type: .int16, scales: [Double(range?.seen ?? 1) / 8192], zeroPoint: 0)
      }
      return .affine(range?.int8 ?? unused)
    }
    // Whatever reads an image but a first layer reads it as an ordinary int8 tensor.
    let ordinary = Quantization.affine(entry(plan.tensors[plan.input].value)?.int8 ?? unused)
    if isImage {
      result[plan.input] = Quantization(type: .int8, scales: [1], zeroPoint: 0)
    } else if types[plan.input] == .int16 {
      result[plan.input] = ordinary
    }
    makeSymmetric(entry, &result)
    widenSums(image: isImage ? ordinary : nil, &result)
    widenSumsOfPlanes(&result)
    if equalizes { equalize(entry, &result) }
    return result
  }

  /// By group, what its tensors hold, or for one that only moves, what its sources hold.
  private func ranges(_ entry: Entries) -> [Int: (seen: Float, int8: ValueRange)] {
    var ranges: [Int: (seen: Float, int8: ValueRange)] = [:]
    func join(_ own: (seen: Float, int8: ValueRange), to group: Int) {
      let other = ranges[group] ?? own
      ranges[group] = (max(own.seen, other.seen), own.int8.union(other.int8))
    }
    for (index, tensor) in plan.tensors.enumerated() {
      if let constant = tensor.constant {
        let (low, high) = (min(0, constant.min() ?? 0), max(0, constant.max() ?? 0))
        let range = ValueRange(low: low, high: max(high, low + 1e-12))
        join((range.magnitude, range), to: group(of: index))
      } else if let entry = entry(tensor.value) {
        join((entry.seen.magnitude, entry.int8), to: group(of: index))
      }
    }
    // What is converted for a move is in its range too.
    for case .moved(let inputs, let output) in constraints {
      for input in inputs where group(of: input) != group(of: output) {
        if let own = ranges[group(of: input)] { join(own, to: group(of: output)) }
      }
    }
    return ranges
  }

  /// What is read as symmetric is so for all that share its scale; where a layer writes it and nothing else reads it, the
  /// operands in it have scales of their own.
  private func makeSymmetric(_ entry: Entries, _ result: inout [Quantization]) {
    var scales: [TensorID: [Double]] = [:]
    var others: [TensorID] = plan.operations.flatMap(\.body.inputs)
    for case .symmetric(let operand, let value) in constraints {
      if let place = others.firstIndex(of: operand.tensor) { others.remove(at: place) }
      guard result[operand.tensor].type == .int8 else { continue }
      let magnitude = entry(value)?.symmetric ?? 1
      for channel in operand.offset..<operand.offset + operand.channels {
        scales[
          operand.tensor, default: Array(repeating: 0, count: plan.tensors[operand.tensor].channels)
        ][channel].raise(to: Double(magnitude) / 127)
      }
    }
    let isShared = Set(others)
    let layers = layersWithFreeScales
    // What is moved has one scale, and so has what anything else reads.
    var uniform: [Int: Double] = [:]
    for (tensor, columns) in scales {
      let largest = columns.max() ?? 1
      if isAlone(tensor), layers.contains(tensor), !isShared.contains(tensor) {
        result[tensor] = Quantization(
          type: .int8, scales: columns.map { $0 > 0 ? $0 : largest }, zeroPoint: 0, low: -127)
      } else {
        uniform[group(of: tensor), default: 0].raise(to: largest)
      }
    }
    for tensor in plan.tensors.indices where result[tensor].type == .int8 {
      guard let scale = uniform[group(of: tensor)] else { continue }
      result[tensor] = Quantization(type: .int8, scales: [scale], zeroPoint: 0, low: -127)
    }
  }

  /// What dense layers write without limits: each output channel has its own weights, and so any scale.
  private var layersWithFreeScales: Set<TensorID> {
    var scaled: Set<TensorID> = []
    var weighted: Set<TensorID> = []
    for constraint in constraints {
      if case .scaledByChannel(let tensor, nil) = constraint { scaled.insert(tensor) }
      if case .weighted(let it, let output) = constraint, !it.isDepthwise {
        weighted.insert(output)
      }
    }
    return scaled.intersection(weighted)
  }

  /// An int8 sum's scale is at least that of each of its inputs, and a mean's so large that the rule holds its factor.
  private func widenSums(image: Quantization?, _ result: inout [Quantization]) {
    func largest(_ inputs: [TensorID]) -> Double {
      inputs.compactMap { (($0 == plan.input ? image : nil)?.scales ?? result[$0].scales).max() }
        .max() ?? 0
    }
    var changed = true
    while changed {
      changed = false
      for constraint in constraints {
        switch constraint {
        case .sum(let summands, let sum, let isStored) where isStored && result[sum].type == .int8:
          changed = widen(sum, to: largest(summands.map(\.tensor)), &result) || changed
        case .mean(let input, let rows, let mean):
          let sum = result[input].type.largestMagnitude * rows
          let share =
            (result[mean].type == .int8 ? 64 : 1)
            / (Double(rows) * RuleEncoding.largestFactor(sum: sum))
          changed = widen(mean, to: largest([input]) * share, &result) || changed
        case .sum, .int16, .moved, .symmetric, .weighted, .scaledByChannel, .argument: continue
        }
      }
    }
  }

  /// Layers that read a promoted tensor, and the streams that they write, have scales that the rule can hold.
  private func widenSumsOfPlanes(_ result: inout [Quantization]) {
    for case .weighted(let it, let output) in constraints
    where promoted.contains(it.operand.tensor) && result[output].type == .int16 {
      let least = it.smallestSumScale(input: result[it.operand.tensor].scales[0])
      _ = widen(output, to: least, &result)
    }
  }

  /// Makes the scale of a tensor, and of those that share it, at least so large; returns whether it was smaller.
  private func widen(_ tensor: TensorID, to scale: Double, _ result: inout [Quantization]) -> Bool {
    guard scale > result[tensor].scales[0] else { return false }
    for other in plan.tensors.indices
    where group(of: other) == group(of: tensor) && result[other].type == result[tensor].type {
      result[other].scales = [scale]
    }
    return true
  }
}

extension Double {
  fileprivate mutating func raise(to value: Double) { self = max(self, value) }
}
