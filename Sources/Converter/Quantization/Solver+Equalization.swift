import SwiftletProgram

/// Cross-layer equalization: tensors that only layers read, or that are only added to each other, get a scale for each
/// channel, so that small channels use all steps too. A depthwise layer reads each channel by itself; any other has the
/// channels' scales in its weights; sums keep the ratio of their scales.
///
/// The float model stays as it is, and so does what a ReLU or ReLU6 before the tensor limits: a channel's range ends at
/// what calibration saw of it, or where the tensor's does.
extension Solver {
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
    var readers: [WeightedOperand]
    /// How much larger than on the calibration set a channel's values may become.
    var room: Double
  }

  func equalize(_ entry: Entries, _ result: inout [Quantization]) {
    let readers = weightedReaders
    var writers: [TensorID: Limits?] = [:]
    for case .scaledByChannel(let tensor, let limits) in constraints { writers[tensor] = limits }
    var done: Set<TensorID> = []
    for operation in plan.operations where !done.contains(operation.output) {
      let stream = stream(of: operation.output)
      done.formUnion(stream)
      let members = stream.sorted().compactMap { tensor -> Member? in
        guard let limits = writers[tensor], let readers = readers[tensor],
          let entry = entry(plan.tensors[tensor].value), let statistics = entry.channels,
          statistics.low.count == plan.tensors[tensor].channels,
          canScaleChannels(result[tensor], limits, entry.int8)
        else { return nil }
        return Member(
          tensor: tensor, step: result[tensor].scales[0], range: entry.int8,
          statistics: statistics, readers: readers, room: limits == nil ? 1 : Self.roomBehindReLU)
      }
      guard members.count == stream.count,
        Set(members.map(\.statistics.low.count)).count == 1
      else { continue }
      Self.equalize(members, &result)
    }
  }

  private static func equalize(_ members: [Member], _ result: inout [Quantization]) {
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

  /// Whether a tensor that is written through these limits may have a scale for each channel.
  private func canScaleChannels(
    _ quantization: Quantization, _ limits: Limits?, _ range: ValueRange
  ) -> Bool {
    guard quantization.type == .int8, quantization.scales.count == 1, quantization.low == -128
    else { return false }
    guard let limits else { return true }
    return (limits.low == 0 || limits.low <= range.low) && limits.high >= range.high
  }

  /// Whose weights read each tensor; tensors that anything but weights and sums reads are left out.
  private var weightedReaders: [TensorID: [WeightedOperand]] {
    var readers: [TensorID: [WeightedOperand]] = [:]
    var others = [plan.input, plan.output] + plan.operations.flatMap(\.body.inputs)
    func take(_ tensor: TensorID) {
      if let place = others.firstIndex(of: tensor) { others.remove(at: place) }
    }
    for constraint in constraints {
      switch constraint {
      case .weighted(let it, _):
        readers[it.operand.tensor, default: []].append(it)
        take(it.operand.tensor)
      case .sum(let summands, _, _):
        for summand in summands where summand == plan.operand(summand.tensor) {
          readers[summand.tensor, default: []] += []
          take(summand.tensor)
        }
      case .int16, .moved, .symmetric, .mean, .scaledByChannel, .argument: continue
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
