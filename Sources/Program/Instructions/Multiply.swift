/// Element-wise product of int8 tensors: the rule on (left - zl) * (right - zr) + bias.
package struct Multiply: Sendable, Equatable, Codable {
  /// The name of the node it came from.
  package var name: String
  /// int8, of the output's shape.
  package var left: Operand
  /// int8: the output's shape, or one row for all rows.
  package var right: Operand
  /// int8.
  package var output: TensorID
  /// The rule's arguments.
  package var rule: ScalarRule
  /// The smallest value of the output.
  package var low: Int
  /// The largest value of the output.
  package var high: Int

  /// Creates a product.
  package init(
    name: String, left: Operand, right: Operand, output: TensorID, rule: ScalarRule,
    low: Int, high: Int
  ) {
    self.name = name
    self.left = left
    self.right = right
    self.output = output
    self.rule = rule
    self.low = low
    self.high = high
  }
}

extension Multiply: InstructionBody {
  package var kind: String { "multiply" }
  package var operands: [Operand] { [left, right] }
  package var data: [DataName] { [] }

  package func validate(in validator: inout ProgramValidator) throws(ModelFileError) {
    let first = try validator.read(left, "the first input", .int8)
    let second = try validator.read(right, "the second input", .int8)
    try validator.validateShapes(left, first, right, second)
    try validator.validate(rule, bound: 255 * 255)
    try validator.validate(low: low, high: high)
    try validator.write(output, rows: first.rows, channels: left.channels, .int8, low: low)
  }
}
