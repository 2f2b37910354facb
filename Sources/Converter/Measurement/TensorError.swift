import SwiftletProgram

/// What quantization did to one tensor of a program. Ratios are in decibels; nil where there is no error to measure.
package struct TensorError: Sendable, Equatable, Codable {
  package var name: String
  package var type: String
  /// The kind of instruction that writes it.
  package var instruction: String
  package var scale: Float
  package var zeroPoint: Int
  /// The float values rounded to this tensor's integers: what its own type and scale cost.
  package var roundingSQNR: Double?
  /// The integers of its instruction, run on the float model's values rounded to the integers of its operands: what this
  /// instruction costs alone.
  package var localSQNR: Double?
  /// The integers of the whole program: what everything up to here costs.
  package var cumulativeSQNR: Double?
  /// The share of values outside the tensor's range.
  package var clippedShare: Double
  /// Channels whose largest value is more than eight times the median channel's.
  package var outlierChannels: [Int]
  /// Channels that are zero on every input.
  package var silentChannels: [Int]

  private enum CodingKeys: String, CodingKey {
    case name, type, instruction, scale
    case zeroPoint = "zero_point"
    case roundingSQNR = "sqnr_rounding_db"
    case localSQNR = "sqnr_local_db"
    case cumulativeSQNR = "sqnr_db"
    case clippedShare = "clipped_share"
    case outlierChannels = "outlier_channels"
    case silentChannels = "silent_channels"
  }
}

/// What is gathered of one tensor of the program.
struct TensorMeasure {
  let quantization: Quantization
  let channels: Int
  private(set) var cumulative = SignalToNoise()
  private var rounding = SignalToNoise()
  private var local = SignalToNoise()
  private var count = 0
  private var clipped = 0
  private var largest: [Float]

  init(quantization: Quantization, channels: Int) {
    self.quantization = quantization
    self.channels = channels
    largest = Array(repeating: 0, count: channels)
  }

  /// Compares the float values with what the program computed.
  mutating func addComputed(_ computed: [Int16], exact: [Float]) {
    add(computed, exact: exact, to: &cumulative)
  }

  /// Compares the float values with what the instruction made of rounded operands.
  mutating func addLocal(_ computed: [Int16], exact: [Float]) {
    add(computed, exact: exact, to: &local)
  }

  /// Rounds the float values to the tensor's integers, and compares.
  mutating func round(_ exact: [Float]) -> [Int16] {
    let limits: (low: Double, high: Double) =
      quantization.type == .int8 ? (Double(quantization.low), 127) : (-32768, 32767)
    let zero = Double(quantization.zeroPoint)
    count += exact.count
    return exact.enumerated().map { index, value in
      let channel = index % channels
      let scale = quantization.scale(channel)
      let step = (Double(value) / scale).rounded() + zero
      let rounded = max(limits.low, min(limits.high, step))
      if abs(step - rounded) >= 1 { clipped += 1 }
      rounding.add(Double(value), (rounded - zero) * scale)
      largest[channel] = max(largest[channel], value.magnitude)
      return Int16(rounded)
    }
  }

  /// What integers of the tensor stand for.
  func floats(of computed: [Int16]) -> [Float] {
    computed.enumerated().map { Float(quantization.value(of: $1, channel: $0 % channels)) }
  }

  private func add(_ computed: [Int16], exact: [Float], to ratio: inout SignalToNoise) {
    for (index, value) in exact.enumerated() {
      ratio.add(Double(value), quantization.value(of: computed[index], channel: index % channels))
    }
  }

  func result(of tensor: ActivationTensor, writtenBy instruction: Instruction) -> TensorError {
    let median = largest.sorted()[largest.count / 2]
    return .init(
      name: tensor.title, type: tensor.type.rawValue, instruction: instruction.body.kind,
      scale: tensor.scale, zeroPoint: tensor.zeroPoint, roundingSQNR: rounding.decibels,
      localSQNR: local.decibels, cumulativeSQNR: cumulative.decibels,
      clippedShare: Double(clipped) / Double(max(1, count)),
      outlierChannels: largest.indices.filter { largest[$0] > 8 * median && median > 0 },
      silentChannels: largest.indices.filter { largest[$0] == 0 })
  }
}
