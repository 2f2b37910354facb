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
  func validate(_ rule: Attention.ScalarRule, bound: Int) throws(ModelFileError) {
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

  /// Checks what follows the rule; returns the smallest int8 value that it can give.
  func validate(
    _ epilogue: Epilogue, of output: TensorID, low: Int
  ) throws(ModelFileError) -> Int {
    let output = try tensor(output, "output")
    if let residual = epilogue.residual {
      let added = try read(residual.operand, "the residual", output.type)
      try check(
        added.rows == output.rows && residual.operand.channels == output.channels,
        "the residual is \(added.rows) x \(residual.operand.channels), the output \(output.rows) x "
          + "\(output.channels)")
      try check(residual.multiplier, in: 0...1 << 14, "the residual's multiplier")
    }
    guard let table = epilogue.table else { return low }
    try check(output.type == .int8, "a table of an int16 output")
    return try lowestEntry(table)
  }

  /// The smallest of 256 entries.
  func lowestEntry(_ table: DataName) throws(ModelFileError) -> Int {
    let entries = try elements(table, Int8.self, .int8, 256, "table entries")
    return Int(entries.prefix(256).min() ?? -128)
  }
}
