/// What follows the rule in the same instruction.
package struct Epilogue: Sendable, Equatable, Codable {
  /// Added before the clamp: a tensor of the output's shape and type.
  package var residual: Residual?
  /// int8 `[256]`, indexed by q + 128: applied last. With a table the rule's zero point is 0: that of the table's argument
  /// is part of the rule's bias.
  package var table: DataName?

  /// A tensor added in an epilogue.
  package struct Residual: Sendable, Equatable, Codable {
    /// What is added.
    package var operand: Operand
    /// For int8, 2^14 * (its scale / the output's scale), at most 2^14; unused for int16.
    package var multiplier: Int

    /// Creates a residual.
    package init(operand: Operand, multiplier: Int) {
      self.operand = operand
      self.multiplier = multiplier
    }
  }

  /// Creates an epilogue.
  package init(residual: Residual? = nil, table: DataName? = nil) {
    self.residual = residual
    self.table = table
  }
}

extension Epilogue {
  /// The channels that it reads.
  var operands: [Operand] { residual.map { [$0.operand] } ?? [] }
  /// The file's tensors that it reads.
  var data: [DataName] { table.map { [$0] } ?? [] }
  /// What `InstructionBody.details` says of it.
  var details: [String] {
    (residual == nil ? [] : ["with residual"]) + (table == nil ? [] : ["with table"])
  }
}

extension ProgramValidator {
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
