/// Element-wise sum of two tensors of one type. int16: one scale for both inputs and the output, saturating. int8: by the
/// 16-bit rule.
package struct Add: Sendable, Equatable, Codable {
  /// The name of the node it came from.
  package var name: String
  /// The first input, of the output's shape.
  package var left: Operand
  /// The second input: the output's shape, or one row for all rows.
  package var right: Operand
  /// The sum.
  package var output: TensorID
  /// For int8, 2^14 * (left's scale / the output's scale), at most 2^14; 0 for int16.
  package var leftMultiplier: Int
  /// As `leftMultiplier`, for the second input.
  package var rightMultiplier: Int
  /// The smallest value of an int8 output.
  package var low: Int
  /// The largest value of an int8 output.
  package var high: Int

  /// Creates a sum.
  package init(
    name: String, left: Operand, right: Operand, output: TensorID, leftMultiplier: Int,
    rightMultiplier: Int, low: Int, high: Int
  ) {
    self.name = name
    self.left = left
    self.right = right
    self.output = output
    self.leftMultiplier = leftMultiplier
    self.rightMultiplier = rightMultiplier
    self.low = low
    self.high = high
  }
}

extension Add: InstructionBody {
  package var kind: String { "add" }
  package var operands: [Operand] { [left, right] }
  package var data: [DataName] { [] }

  package func validate(in validator: inout ProgramValidator) throws(ModelFileError) {
    let first = try validator.read(left, "the first input", .int8, .int16)
    let second = try validator.read(right, "the second input", first.type)
    try validator.validateShapes(left, first, right, second)
    let multipliers = first.type == .int8 ? 0...1 << 14 : 0...0
    try validator.check(leftMultiplier, in: multipliers, "the first multiplier")
    try validator.check(rightMultiplier, in: multipliers, "the second multiplier")
    try validator.validate(low: low, high: high)
    try validator.write(
      output, rows: first.rows, channels: left.channels, first.type, low: low)
  }
}
