/// The mean over all rows: the rule on their sum.
package struct Mean: Sendable, Equatable, Codable {
  /// The name of the node it came from.
  package var name: String
  /// int8 or int16.
  package var input: Operand
  /// One row, int8 or int16.
  package var output: TensorID
  /// By channel; 1 / rows is part of the multiplier.
  package var rule: Rule
  /// Table only.
  package var epilogue: Epilogue

  /// Creates a mean.
  package init(name: String, input: Operand, output: TensorID, rule: Rule, epilogue: Epilogue) {
    self.name = name
    self.input = input
    self.output = output
    self.rule = rule
    self.epilogue = epilogue
  }
}

extension Mean: InstructionBody {
  package var kind: String { "mean" }
  package var operands: [Operand] { [input] + epilogue.operands }
  package var data: [DataName] { rule.data + epilogue.data }
  package var details: [String] { rule.details + epilogue.details }

  package func validate(in validator: inout ProgramValidator) throws(ModelFileError) {
    let tensor = try validator.read(input, "input", .int8, .int16)
    let largest = tensor.type == .int8 ? 128 : 32768
    try validator.validate(rule, channels: input.channels) { _ in largest * tensor.rows }
    try validator.check(epilogue.residual == nil, "a mean has no residual")
    let low = try validator.validate(epilogue, of: output, low: rule.low)
    try validator.write(output, rows: 1, channels: input.channels, .int8, .int16, low: low)
  }
}
