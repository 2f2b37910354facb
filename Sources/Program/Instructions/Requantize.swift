/// int16 to int8 with one affine function a channel: the rule on 256 * x + b'.
package struct Requantize: Sendable, Equatable, Codable {
  /// The name of the node it came from.
  package var name: String
  /// int16.
  package var input: Operand
  /// int8, same shape.
  package var output: TensorID
  /// By channel.
  package var rule: Rule

  /// Creates a requantization.
  package init(name: String, input: Operand, output: TensorID, rule: Rule) {
    self.name = name
    self.input = input
    self.output = output
    self.rule = rule
  }
}

extension Requantize: InstructionBody {
  package var kind: String { "requantize" }
  package var operands: [Operand] { [input] }
  package var data: [DataName] { rule.data }
  package var details: [String] { rule.details }

  package func validate(in validator: inout ProgramValidator) throws(ModelFileError) {
    let rows = try validator.read(input, "input", .int16).rows
    try validator.validate(rule, channels: input.channels) { _ in 1 << 23 }
    try validator.write(output, rows: rows, channels: input.channels, .int8, low: rule.low)
  }
}
