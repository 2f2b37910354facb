import SwiftletGraph
import SwiftletProgram

/// Chooses every tensor's type, scale and zero point from the calibration table.
enum ScaleAssignment {
  static func assign(
    plan: Plan, graph: Graph, table: CalibrationTable, precision: Precision,
    preprocessing: Preprocessing?, equalizes: Bool
  ) -> [Quantization] {
    func entry(_ value: Graph.ValueID?) -> CalibrationTable.Entry? {
      value.flatMap { table.tensors[graph.values[$0].name] }
    }
    /// What a tensor holds, or for one that only moves, what its sources hold.
    var ranges: [Int: (seen: Float, int8: ValueRange)] = [:]
    for (index, tensor) in plan.tensors.enumerated() {
      let own: (seen: Float, int8: ValueRange)
      if let constant = tensor.constant {
        let (low, high) = (min(0, constant.min() ?? 0), max(0, constant.max() ?? 0))
        let range = ValueRange(low: low, high: max(high, low + 1e-12))
        own = (range.magnitude, range)
      } else if let entry = entry(tensor.value) {
        own = (entry.seen.magnitude, entry.int8)
      } else {
        continue
      }
      let group = precision.group(of: index)
      guard let other = ranges[group] else {
        ranges[group] = own
        continue
      }
      ranges[group] = (max(own.seen, other.seen), own.int8.union(other.int8))
    }
    // What a gather converts is in its range too.
    for operation in plan.operations {
      guard case .gather(let gather) = operation.kind else { continue }
      let group = precision.group(of: operation.output)
      for input in gather.inputs where precision.group(of: input) != group {
        guard let own = ranges[precision.group(of: input)] else { continue }
        let other = ranges[group] ?? own
        ranges[group] = (max(own.seen, other.seen), own.int8.union(other.int8))
      }
    }

    // Tensors that fusing left without a reader have no range, and need none.
    let unused = ValueRange(low: -1, high: 1)
    var result = plan.tensors.indices.map { index -> Quantization in
      let range = ranges[precision.group(of: index)]
      if precision.types[index] == .int16 {
        return Quantization(
          type: .int16, scales: [Double(range?.seen ?? 1) / 8192], zeroPoint: 0)
      }
      return .affine(range?.int8 ?? unused)
    }
    // Whatever reads an image but a first layer reads it as an ordinary int8 tensor.
    let ordinary = Quantization.affine(entry(plan.tensors[plan.input].value)?.int8 ?? unused)
    let isImage = preprocessing != nil
    result[plan.input] =
      isImage ? Quantization(type: .int8, scales: [1], zeroPoint: 0) : ordinary
    assignAttentionOperands(plan: plan, precision: precision, entry: entry, result: &result)
    widenSums(plan: plan, precision: precision, image: isImage ? ordinary : nil, result: &result)
    widenSumsOfPlanes(plan: plan, precision: precision, result: &result)
    if equalizes { Equalization.apply(to: &result, plan: plan, precision: precision, entry: entry) }
    return result
  }

  /// Tensors that attention reads are symmetric; where a layer writes one and nothing else reads it, Q, K and V have
  /// scales of their own.
  private static func assignAttentionOperands(
    plan: Plan, precision: Precision, entry: (Graph.ValueID?) -> CalibrationTable.Entry?,
    result: inout [Quantization]
  ) {
    let layers = Set(
      plan.operations.compactMap { operation -> TensorID? in
        if case .convolution(let layer) = operation.kind, layer.activation == nil {
          return operation.output
        }
        return nil
      })
    var scales: [TensorID: [Double]] = [:]
    var isShared: Set<TensorID> = []
    for operation in plan.operations {
      guard case .attention(let attention) = operation.kind else {
        isShared.formUnion(operation.kind.inputs)
        continue
      }
      for (operand, value) in [
        (attention.query, attention.queryValue), (attention.key, attention.keyValue),
        (attention.value, attention.valueValue),
      ] where result[operand.tensor].type == .int8 {
        let magnitude = entry(value)?.symmetric ?? 1
        var columns =
          scales[operand.tensor]
          ?? Array(repeating: 0, count: plan.tensors[operand.tensor].channels)
        for channel in operand.offset..<operand.offset + operand.channels {
          columns[channel] = max(columns[channel], Double(magnitude) / 127)
        }
        scales[operand.tensor] = columns
      }
    }
    // What a gather joins has one scale, and so has what anything else reads.
    var uniform: [Int: Double] = [:]
    for (tensor, columns) in scales {
      let largest = columns.max() ?? 1
      let group = precision.group(of: tensor)
      if precision.isAlone(tensor), layers.contains(tensor), !isShared.contains(tensor) {
        result[tensor] = Quantization(
          type: .int8, scales: columns.map { $0 > 0 ? $0 : largest }, zeroPoint: 0, low: -127)
      } else {
        uniform[group] = max(uniform[group] ?? 0, largest)
      }
    }
    for tensor in plan.tensors.indices where result[tensor].type == .int8 {
      guard let scale = uniform[precision.group(of: tensor)] else { continue }
      result[tensor] = Quantization(type: .int8, scales: [scale], zeroPoint: 0, low: -127)
    }
  }

  /// An int8 sum's scale is at least that of each of its inputs, and a mean's so large that the rule holds its factor.
  private static func widenSums(
    plan: Plan, precision: Precision, image: Quantization?, result: inout [Quantization]
  ) {
    var changed = true
    while changed {
      changed = false
      for operation in plan.operations {
        let isInt8 = result[operation.output].type == .int8
        var inputs: [TensorID] = []
        var share = 1.0
        switch operation.kind {
        case .add(let left, let right) where isInt8: inputs = [left.tensor, right.tensor]
        case .convolution(let layer), .depthwise(let layer):
          // With a table behind the sum it is the sum's own range that counts: it is not stored.
          guard isInt8, let residual = layer.residual, !layer.hasTable else { continue }
          inputs = [residual.tensor]
        case .mean(let input):
          let rows = plan.tensors[input.tensor].rows
          let sum = (result[input.tensor].type == .int8 ? 128 : 32768) * rows
          inputs = [input.tensor]
          share = (isInt8 ? 64 : 1) / (Double(rows) * RuleEncoding.largestFactor(sum: sum))
        default: continue
        }
        let scales = inputs.map { ($0 == plan.input ? image : nil)?.scales ?? result[$0].scales }
        let largest = (scales.compactMap { $0.max() }.max() ?? 0) * share
        guard largest > result[operation.output].scales[0] else { continue }
        changed = true
        for tensor in plan.tensors.indices
        where precision.group(of: tensor) == precision.group(of: operation.output)
          && result[tensor].type == result[operation.output].type
        {
          result[tensor].scales = [largest]
        }
      }
    }
  }
}

extension Plan.Layer {
  /// Whether the activation becomes a table; ReLU and clips are limits of the rule.
  var hasTable: Bool { activation != nil && activation?.limits == nil }
}

extension Unary {
  /// For functions that only limit their argument, the limits.
  var limits: (low: Float, high: Float)? {
    switch self {
    case .relu: (0, .infinity)
    case .clip(let low, let high): (low, high)
    default: nil
    }
  }
}
