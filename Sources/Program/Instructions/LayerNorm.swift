/// Layer normalisation over channels, int16 to int8.
package struct LayerNorm: Sendable, Equatable, Codable {
  /// The name of the node it came from.
  package var name: String
  /// int16 `[rows, channels]`; at most 65536 channels.
  package var input: Operand
  /// int8, same shape.
  package var output: TensorID
  /// E = max(1, round(N^2 * eps / s_x^2)), at most 2^62.
  package var epsilon: UInt64
  /// K * N = mantissa * 2^exponent, mantissa in 2^30..<2^31; K is the factor from 256 normalised units to w.
  package var mantissa: Int
  /// See `mantissa`.
  package var exponent: Int
  /// The rule on 256 * w + b', by channel.
  package var rule: Rule

  /// Creates a layer normalisation.
  package init(
    name: String, input: Operand, output: TensorID, epsilon: UInt64, mantissa: Int, exponent: Int,
    rule: Rule
  ) {
    self.name = name
    self.input = input
    self.output = output
    self.epsilon = epsilon
    self.mantissa = mantissa
    self.exponent = exponent
    self.rule = rule
  }
}

extension LayerNorm: InstructionBody {
  package var kind: String { "layerNorm" }
  package var operands: [Operand] { [input] }
  package var data: [DataName] { rule.data }
  package var details: [String] { rule.details }

  package func validate(in validator: inout ProgramValidator) throws(ModelFileError) {
    let rows = try validator.read(input, "input", .int16).rows
    let channels = input.channels
    try validator.check(channels, in: 1...65536, "channels")
    try validator.check(
      (1...1 << 62).contains(epsilon), "epsilon is \(epsilon), expected 1...2^62")
    // A centred value is at most sqrt(D / N), so 256 times it by factor / sqrt(D), doubled for the shift, is at most
    // 512 * factor / sqrt(N).
    let factor = try validator.factor(mantissa, exponent, "the factor's")
    try validator.check(
      factor * factor <= 0x1p42 * Double(channels),
      "the factor is \(factor), expected at most 2^21 * sqrt(\(channels))")
    try validator.validate(rule, channels: channels) { _ in 1 << 23 }
    try validator.write(output, rows: rows, channels: channels, .int8, low: rule.low)
  }
}
