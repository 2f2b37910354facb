/// Softmax attention, whatever its windows: for each group and head, softmax(Q KT + bias) V.
///
/// Head h of an operand is its channels h * (channels / heads) and following. Group g's token t is row g * queryTokens + t of
/// the query and row g * keyTokens + t of key and value, and is written to the output's row that the query's is. The query's
/// table of rows names each once; key and value have one table, or none.
package struct Attention: Sendable, Equatable, Codable {
  /// The name of the node it came from.
  package var name: String
  /// int8, zero point 0, within -127...127.
  package var query: Operand
  /// int8, zero point 0, within -127...127.
  package var key: Operand
  /// int8, zero point 0, within -127...127.
  package var value: Operand
  /// int8.
  package var output: TensorID
  /// The number of heads.
  package var heads: Int
  /// The number of windows that attend each by itself.
  package var groups: Int
  /// Queries of a group.
  package var queryTokens: Int
  /// Keys of a group.
  package var keyTokens: Int
  /// The logits' rule: int16, step ln 2 / 64.
  package var logits: ScalarRule
  /// int16 `[biasGroups][heads][queryTokens][keyTokens]`, in the logits' step; group g reads entry g mod biasGroups.
  package var bias: DataName?
  /// How many groups of biases there are.
  package var biasGroups: Int
  /// Bits of the exponential: 7 (one plane) or 8...14 (two planes).
  package var exponentBits: Int
  /// uint16 `[64]`: round((2^bits - 1) * 2^(-f / 64)).
  package var exponentTable: DataName
  /// The output's factor, 64 * (the value's scale / the output's scale) = outputMantissa * 2^outputExponent, mantissa in
  /// 2^30..<2^31; the kernel divides it by the row's sum.
  package var outputMantissa: Int
  /// See `outputMantissa`.
  package var outputExponent: Int
  /// The smallest value of the output.
  package var low: Int
  /// The largest value of the output.
  package var high: Int

  /// Creates an attention.
  package init(
    name: String, query: Operand, key: Operand, value: Operand, output: TensorID, heads: Int,
    groups: Int, queryTokens: Int, keyTokens: Int, logits: ScalarRule, bias: DataName?,
    biasGroups: Int, exponentBits: Int,
    exponentTable: DataName, outputMantissa: Int, outputExponent: Int, low: Int, high: Int
  ) {
    self.name = name
    self.query = query
    self.key = key
    self.value = value
    self.output = output
    self.heads = heads
    self.groups = groups
    self.queryTokens = queryTokens
    self.keyTokens = keyTokens
    self.logits = logits
    self.bias = bias
    self.biasGroups = biasGroups
    self.exponentBits = exponentBits
    self.exponentTable = exponentTable
    self.outputMantissa = outputMantissa
    self.outputExponent = outputExponent
    self.low = low
    self.high = high
  }
}

extension Attention: InstructionBody {
  package var kind: String { "attention" }
  package var operands: [Operand] { [query, key, value] }
  package var data: [DataName] { [query.rows, key.rows, bias, exponentTable].compactMap { $0 } }
  package var details: [String] {
    ["\(heads) heads"] + (groups > 1 ? ["\(groups) groups"] : [])
      + ["\(queryTokens) x \(keyTokens) tokens \(exponentBits) bits"]
      + (bias == nil ? [] : ["biased"])
  }

  package func macs(in program: Program) -> Int {
    groups * queryTokens * keyTokens * (query.channels + value.channels)
  }

  /// The only exponential table that a file may hold: `[64]`, round((2^bits - 1) * 2^(-f / 64)).
  package static func exponentTable(bits: Int) -> [UInt16] {
    precondition((7...14).contains(bits), "7 to 14 bits")
    // Square roots are correctly rounded everywhere, so every machine computes the same table.
    var step = 0.5
    for _ in 0..<6 { step = step.squareRoot() }
    var value = Double(1 << bits - 1)
    return (0..<64).map { _ in
      defer { value *= step }
      return UInt16(value.rounded())
    }
  }

  package func validate(in validator: inout ProgramValidator) throws(ModelFileError) {
    let queries = try symmetric(query, "query", validator)
    let keys = try symmetric(key, "key", validator)
    let values = try symmetric(value, "value", validator)
    try validator.check(heads, in: 1...query.channels, "heads")
    for operand in [query, value] {
      try validator.check(
        operand.channels % heads == 0, "\(operand.channels) channels, \(heads) heads")
    }
    try validator.check(
      key.channels == query.channels,
      "\(key.channels) channels of the key, \(query.channels) of the query")
    try validator.check(
      keys.rows == values.rows, "\(keys.rows) rows of the key, \(values.rows) of the value")
    let limit = ProgramValidator.elementLimit
    try validator.check(groups, in: 1...limit, "groups")
    try validator.check(queryTokens, in: 1...limit, "query tokens")
    try validator.check(keyTokens, in: 1...limit, "key tokens")
    try validateRows(queryCount: queries.rows, keyCount: keys.rows, validator)
    try validateProbabilities(validator)

    let depth = query.channels / heads
    try validator.validate(logits, bound: 128 * 127 * depth)
    if let bias {
      try validator.check(biasGroups, in: 1...groups, "bias groups")
      var count = biasGroups
      for size in [heads, queryTokens, keyTokens] {
        let (product, overflow) = count.multipliedReportingOverflow(by: size)
        try validator.check(!overflow, "too many biases")
        count = product
      }
      _ = try validator.elements(bias, Int16.self, .int16, count, "biases")
    } else {
      try validator.check(biasGroups, in: 0...groups, "bias groups")
    }
    try validator.validate(low: low, high: high)
    try validator.write(output, rows: queries.rows, channels: value.channels, .int8, low: low)
  }

  /// An operand of the attention's products.
  private func symmetric(
    _ operand: Operand, _ what: String, _ validator: ProgramValidator
  ) throws(ModelFileError) -> ActivationTensor {
    let tensor = try validator.read(operand, what, .int8, takesRows: true)
    try validator.check(
      tensor.zeroPoint == 0, "\(what) has zero point \(tensor.zeroPoint), expected 0")
    let smallest = validator.lowest[operand.tensor] ?? -128
    try validator.check(
      smallest >= -127,
      "\(what) can be \(smallest), expected -127 or more: its producer's smallest value must be -127"
    )
    return tensor
  }

  /// Every row of the output is written once, and every row of the key exists.
  private func validateRows(
    queryCount: Int, keyCount: Int, _ validator: ProgramValidator
  ) throws(ModelFileError) {
    let queries = groups * queryTokens
    try validator.check(
      queries == queryCount,
      "\(groups) groups of \(queryTokens) query tokens, the query has \(queryCount) rows")
    if let table = query.rows {
      let rows = try validator.elements(table, Int32.self, .int32, queries, "query rows")
      var isWritten = [Bool](repeating: false, count: queryCount)
      for index in 0..<queries {
        let row = Int(rows[index])
        try validator.check(row, in: 0...queryCount - 1, "query row \(index)")
        try validator.check(!isWritten[row], "query row \(row) stands in the table twice")
        isWritten[row] = true
      }
    }
    let keys = groups * keyTokens
    try validator.check(key.rows == value.rows, "key and value have different tables of rows")
    guard let table = key.rows else {
      return try validator.check(
        keys == keyCount,
        "\(groups) groups of \(keyTokens) key tokens, the key has \(keyCount) rows")
    }
    let rows = try validator.elements(table, Int32.self, .int32, keys, "key rows")
    for index in 0..<keys {
      try validator.check(Int(rows[index]), in: 0...keyCount - 1, "key row \(index)")
    }
  }

  private func validateProbabilities(_ validator: ProgramValidator) throws(ModelFileError) {
    try validator.check(exponentBits, in: 7...14, "the exponential's bits")
    try validator.check(
      keyTokens << exponentBits <= 1 << 24,
      "\(keyTokens) key tokens at \(exponentBits) bits: their sum could wrap")
    let table = try validator.elements(exponentTable, UInt16.self, .uint16, 64, "exponentials")
    for (index, expected) in Self.exponentTable(bits: exponentBits).enumerated() {
      try validator.check(
        table[index] == expected,
        "exponential \(index) is \(table[index]), expected \(expected)")
    }
    // Of a row with the sum S, the products reach 127 * S and are multiplied by factor / S; the shift takes up to twice
    // that: 254 * factor < 2^31.
    let factor = try validator.factor(outputMantissa, outputExponent, "the output's")
    try validator.check(
      factor <= 0x1p23, "the output's factor is \(factor), expected at most 2^23")
  }
}
