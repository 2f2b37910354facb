/// The 16-bit rule's arguments by output channel, each padded to a multiple of 16 entries in the file.
package struct Rule: Sendable, Equatable, Codable {
  /// int32: b'.
  package var bias: DataName
  /// int16: m, 2^14 <= |m| <= 32767.
  package var multiplier: DataName
  /// int8: p, -8...24.
  package var shift: DataName
  /// The smallest value of an int8 output.
  package var low: Int
  /// The largest value of an int8 output.
  package var high: Int

  /// Creates a rule.
  package init(bias: DataName, multiplier: DataName, shift: DataName, low: Int, high: Int) {
    self.bias = bias
    self.multiplier = multiplier
    self.shift = shift
    self.low = low
    self.high = high
  }
}

extension Rule {
  /// The file's tensors that it reads.
  var data: [DataName] { [bias, multiplier, shift] }
  /// What `InstructionBody.details` says of it.
  var details: [String] { low > -128 || high < 127 ? ["clamp \(low)...\(high)"] : [] }
}

/// One set of the rule's arguments for all elements.
package struct ScalarRule: Sendable, Equatable, Codable {
  /// b', the rounding constant included.
  package var bias: Int
  /// m, 2^14 <= |m| <= 32767.
  package var multiplier: Int
  /// p, -8...24.
  package var shift: Int

  /// Creates a rule.
  package init(bias: Int, multiplier: Int, shift: Int) {
    self.bias = bias
    self.multiplier = multiplier
    self.shift = shift
  }
}

extension ProgramValidator {
  /// Checks the rule's arrays, and that no accumulator wraps: `bound` gives the largest magnitude of a channel's sum
  /// before the bias. Channels of the padding are computed too, but their values are dropped.
  func validate(
    _ rule: Rule, channels: Int, bound: (Int) -> Int
  ) throws(ModelFileError) {
    try validate(low: rule.low, high: rule.high)
    let count = padded(channels, to: 16)
    let biases = try elements(rule.bias, Int32.self, .int32, count, "biases")
    let multipliers = try elements(rule.multiplier, Int16.self, .int16, count, "multipliers")
    let shifts = try elements(rule.shift, Int8.self, .int8, count, "shifts")
    for channel in 0..<count {
      let multiplier = Int(multipliers[channel])
      if channel < channels || multiplier != 0 {
        try validate(multiplier: multiplier, at: channel)
      }
      try validate(
        bias: Int(biases[channel]), shift: Int(shifts[channel]),
        bound: bound(channel), at: channel)
    }
  }

  /// Checks a rule for all elements.
  func validate(_ rule: ScalarRule, bound: Int) throws(ModelFileError) {
    try validate(multiplier: rule.multiplier, at: nil)
    try validate(bias: rule.bias, shift: rule.shift, bound: bound, at: nil)
  }

  func validate(low: Int, high: Int) throws(ModelFileError) {
    try check(low, in: -128...127, "the smallest value")
    try check(high, in: low...127, "the largest value")
  }

  private func validate(multiplier: Int, at channel: Int?) throws(ModelFileError) {
    try check(
      (1 << 14...32767).contains(multiplier.magnitude),
      "multiplier \(multiplier)\(place(channel)), expected a magnitude of 16384...32767")
  }

  private func validate(
    bias: Int, shift: Int, bound: Int, at channel: Int?
  ) throws(ModelFileError) {
    try check(shift, in: -8...24, "the shift\(place(channel))")
    try check(bias, in: Int(Int32.min)...Int(Int32.max), "the bias\(place(channel))")
    let largest = (Int(bias.magnitude) + bound) << max(0, -shift)
    try check(
      largest < 1 << 31,
      "sums\(place(channel)) reach \(largest), expected below 2^31: they could wrap")
  }

  private func place(_ channel: Int?) -> String { channel.map { " of channel \($0)" } ?? "" }

  /// mantissa * 2^exponent, exactly.
  func factor(
    _ mantissa: Int, _ exponent: Int, _ what: String
  ) throws(ModelFileError) -> Double {
    try check(mantissa, in: 1 << 30...1 << 31 - 1, "\(what) mantissa")
    try check(exponent, in: -100...100, "\(what) exponent")
    return Double(sign: .plus, exponent: exponent, significand: Double(mantissa))
  }
}
