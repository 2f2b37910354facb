/// A table applied to every element of an int8 tensor.
package struct Lookup: Sendable, Equatable, Codable {
  /// The name of the node it came from.
  package var name: String
  /// int8.
  package var input: Operand
  /// int8, same shape.
  package var output: TensorID
  /// int8 `[256]`, indexed by q + 128.
  package var table: DataName

  /// Creates a look-up.
  package init(name: String, input: Operand, output: TensorID, table: DataName) {
    self.name = name
    self.input = input
    self.output = output
    self.table = table
  }
}

extension Lookup: InstructionBody {
  package var kind: String { "lookup" }
  package var operands: [Operand] { [input] }
  package var data: [DataName] { [table] }

  package func validate(in validator: inout ProgramValidator) throws(ModelFileError) {
    let rows = try validator.read(input, "input", .int8).rows
    let low = try validator.lowestEntry(table)
    try validator.write(output, rows: rows, channels: input.channels, .int8, low: low)
  }
}
