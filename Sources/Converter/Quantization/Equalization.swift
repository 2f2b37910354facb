import SwiftletGraph
import SwiftletProgram

/// Cross-layer equalization: tensors that only layers read, or that are only added to each other, get a scale for each
/// channel, so that small channels use all steps too. A depthwise layer reads each channel by itself; any other has the
/// channels' scales in its weights; sums keep the ratio of their scales.
///
/// The float model stays as it is, and so does what a ReLU or ReLU6 before the tensor limits: a channel's range ends at
/// what calibration saw of it, or where the tensor's does.
enum Equalization {
  /// How much of the difference between channels the scales take up. The rest is room for what calibration did not see:
  /// the less a channel used of the tensor's range, the more.
  private static let exponents = [0.5, 0.25, 0]
  /// What a ReLU lets through of a channel may be rare: its largest value on a small set says little.
  private static let roomBehindReLU = 4.0
  /// No channel counts as smaller than this share of the tensor's range.
  private static let smallestShare = 1.0 / 256

  /// A tensor with what calibration saw of it.
  private struct Member {
    var tensor: TensorID
    var step: Double
    var range: ValueRange
    var statistics: ChannelStatistics
    var readers: [Reader]
    /// How much larger than on the calibration set a channel's values may become.
    var room: Double
  }

  static func apply(
    to result: inout [Quantization], plan: Plan, precision: Precision,
    entry: (Graph.ValueID?) -> CalibrationTable.Entry?
  ) {
    let readers = readers(in: plan)
    var producers: [TensorID: Plan.Kind] = [:]
    for operation in plan.operations { producers[operation.output] = operation.kind }
    var done: Set<TensorID> = []
    for operation in plan.operations where !done.contains(operation.output) {
      let stream = Precision.streams(of: [operation.output], in: plan)
      done.formUnion(stream)
      let members = stream.sorted().compactMap { tensor -> Member? in
        guard let producer = producers[tensor], let readers = readers[tensor],
          let entry = entry(plan.tensors[tensor].value), let statistics = entry.channels,
          statistics.low.count == plan.tensors[tensor].channels,
          canScaleChannels(producer, result[tensor], entry.int8)
        else { return nil }
        return Member(
          tensor: tensor, step: result[tensor].scales[0], range: entry.int8,
          statistics: statistics, readers: readers,
          room: producer.limits == nil ? 1 : roomBehindReLU)
      }
      guard members.count == stream.count,
        Set(members.map(\.statistics.low.count)).count == 1
      else { continue }
      equalize(members, result: &result)
    }
  }

  private static func equalize(_ members: [Member], result: inout [Quantization]) {
    var shares = Array(repeating: smallestShare, count: members[0].statistics.low.count)
    for member in members {
      for c in shares.indices {
        let (low, high) = (member.statistics.low[c], member.statistics.high[c])
        let below = member.range.low < 0 ? Double(low / member.range.low) : 0
        let above = member.range.high > 0 ? Double(high / member.range.high) : 0
        shares[c] = min(1, max(shares[c], member.room * below, member.room * above))
      }
    }
    let costs = exponents.map { exponent in
      members.reduce(0) { sum, member in
        let scales = shares.map { member.step * power($0, exponent) }
        return sum
          + member.readers.reduce(0) {
            $0 + $1.noise(scales: scales, statistics: member.statistics)
          }
      }
    }
    guard let least = costs.min(), let best = costs.firstIndex(of: least), exponents[best] > 0
    else { return }
    for member in members {
      result[member.tensor].scales = shares.map { member.step * power($0, exponents[best]) }
    }
  }

  /// Whether the instruction that writes a tensor may write a scale for each channel.
  private static func canScaleChannels(
    _ producer: Plan.Kind, _ quantization: Quantization, _ range: ValueRange
  ) -> Bool {
    guard quantization.type == .int8, quantization.scales.count == 1, quantization.low == -128
    else { return false }
    switch producer {
    case .convolution(let layer), .depthwise(let layer):
      guard !layer.hasTable else { return false }
      guard let limits = layer.activation?.limits else { return true }
      return (limits.low == 0 || limits.low <= range.low) && limits.high >= range.high
    case .layerNorm, .add: return true
    default: return false
    }
  }

  /// The layers that read each tensor; tensors that anything but layers and sums reads are left out.
  private static func readers(in plan: Plan) -> [TensorID: [Reader]] {
    var readers: [TensorID: [Reader]] = [:]
    var others: Set<TensorID> = [plan.input, plan.output]
    for operation in plan.operations {
      var summands: [Operand] = []
      switch operation.kind {
      case .convolution(let layer), .depthwise(let layer):
        let isDepthwise = if case .depthwise = operation.kind { true } else { false }
        readers[layer.input.tensor, default: []].append(
          Reader(layer: layer, isDepthwise: isDepthwise))
        if let residual = layer.residual { summands = [residual] }
      case .add(let left, let right): summands = [left, right]
      default: others.formUnion(operation.kind.inputs)
      }
      for operand in summands {
        let isWhole = operand == plan.operand(operand.tensor)
        if isWhole {
          readers[operand.tensor, default: []] += []
        } else {
          others.insert(operand.tensor)
        }
      }
    }
    return readers.filter { !others.contains($0.key) }
  }

  /// Powers of a half or a quarter, by square roots: they round alike everywhere.
  private static func power(_ share: Double, _ exponent: Double) -> Double {
    switch exponent {
    case 0.25: share.squareRoot().squareRoot()
    case 0.5: share.squareRoot()
    default: 1
    }
  }
}

/// A layer, as a reader of a tensor.
private struct Reader {
  var layer: Plan.Layer
  var isDepthwise: Bool

  /// What rounding the tensor and the layer's weights adds to the layer's outputs, in mean squares, for scales by channel of
  /// the tensor.
  func noise(scales: [Double], statistics: ChannelStatistics) -> Double {
    let perOutput = layer.weights.count / layer.outputs
    var total = 0.0
    for n in 0..<layer.outputs {
      var (rounded, largest, power) = (0.0, 0.0, 0.0)
      for k in 0..<perOutput {
        let c = layer.input.offset + (isDepthwise ? n : k % layer.input.channels)
        let weight = Double(layer.weights[n * perOutput + k]) * scales[c]
        rounded += weight * weight / 12
        largest = max(largest, weight.magnitude)
        power += Double(statistics.meanSquare[c]) / (scales[c] * scales[c])
      }
      let step = largest / 127
      total += rounded + step * step / 12 * power
    }
    return total
  }
}
