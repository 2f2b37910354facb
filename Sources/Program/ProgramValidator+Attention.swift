extension ProgramValidator {
  mutating func validate(_ it: Attention) throws(ModelFileError) {
    let query = try symmetric(it.query, "query")
    let key = try symmetric(it.key, "key")
    let value = try symmetric(it.value, "value")
    try check(it.heads, in: 1...it.query.channels, "heads")
    try check(it.query.channels % it.heads == 0, "\(it.query.channels) channels, \(it.heads) heads")
    try check(it.value.channels % it.heads == 0, "\(it.value.channels) channels, \(it.heads) heads")
    try check(
      it.key.channels == it.query.channels,
      "\(it.key.channels) channels of the key, \(it.query.channels) of the query")
    try check(
      key.rows == value.rows, "\(key.rows) rows of the key, \(value.rows) of the value")
    let limit = Self.elementLimit
    try check(it.groups, in: 1...limit, "groups")
    try check(it.queryTokens, in: 1...limit, "query tokens")
    try check(it.keyTokens, in: 1...limit, "key tokens")
    try validateRows(it, query: query.rows, key: key.rows)
    try validateProbabilities(it)

    let depth = it.query.channels / it.heads
    try validate(it.logits, bound: 128 * 127 * depth)
    if let bias = it.bias {
      try check(it.biasGroups, in: 1...it.groups, "bias groups")
      var count = it.biasGroups
      for size in [it.heads, it.queryTokens, it.keyTokens] {
        let (product, overflow) = count.multipliedReportingOverflow(by: size)
        try check(!overflow, "too many biases")
        count = product
      }
      _ = try elements(bias, Int16.self, .int16, count, "biases")
    } else {
      try check(it.biasGroups, in: 0...it.groups, "bias groups")
    }
    try validate(low: it.low, high: it.high)
    _ = try write(
      it.output, rows: query.rows, channels: it.value.channels, .int8, low: it.low)
  }

  /// An operand of the attention's products.
  private func symmetric(
    _ operand: Operand, _ what: String
  ) throws(ModelFileError) -> ActivationTensor {
    let tensor = try read(operand, what, .int8)
    try check(tensor.zeroPoint == 0, "\(what) has zero point \(tensor.zeroPoint), expected 0")
    let smallest = lowest[operand.tensor] ?? -128
    try check(
      smallest >= -127,
      "\(what) can be \(smallest), expected -127 or more: its producer's smallest value must be -127"
    )
    return tensor
  }

  /// Every row of the output is written once, and every row of the key exists.
  private func validateRows(_ it: Attention, query: Int, key: Int) throws(ModelFileError) {
    let queries = it.groups * it.queryTokens
    try check(
      queries == query,
      "\(it.groups) groups of \(it.queryTokens) query tokens, the query has \(query) rows")
    if let name = it.queryRows {
      let rows = try elements(name, Int32.self, .int32, queries, "query rows")
      var isWritten = [Bool](repeating: false, count: query)
      for index in 0..<queries {
        let row = Int(rows[index])
        try check(row, in: 0...query - 1, "query row \(index)")
        try check(!isWritten[row], "query row \(row) stands in the table twice")
        isWritten[row] = true
      }
    }
    let keys = it.groups * it.keyTokens
    guard let name = it.keyRows else {
      return try check(
        keys == key, "\(it.groups) groups of \(it.keyTokens) key tokens, the key has \(key) rows")
    }
    let rows = try elements(name, Int32.self, .int32, keys, "key rows")
    for index in 0..<keys {
      try check(Int(rows[index]), in: 0...key - 1, "key row \(index)")
    }
  }

  private func validateProbabilities(_ it: Attention) throws(ModelFileError) {
    try check(it.exponentBits, in: 7...14, "the exponential's bits")
    try check(
      it.keyTokens << it.exponentBits <= 1 << 24,
      "\(it.keyTokens) key tokens at \(it.exponentBits) bits: their sum could wrap")
    let table = try elements(it.exponentTable, UInt16.self, .uint16, 64, "exponentials")
    for (index, expected) in Attention.exponentTable(bits: it.exponentBits).enumerated() {
      try check(
        table[index] == expected,
        "exponential \(index) is \(table[index]), expected \(expected)")
    }
    // Of a row with the sum S, the products reach 127 * S and are multiplied by factor / S; the shift takes up to twice
    // that: 254 * factor < 2^31.
    let factor = try factor(it.outputMantissa, it.outputExponent, "the output's")
    try check(factor <= 0x1p23, "the output's factor is \(factor), expected at most 2^23")
  }

  /// mantissa * 2^exponent, exactly.
  func factor(
    _ mantissa: Int, _ exponent: Int, _ what: String
  ) throws(ModelFileError) -> Double {
    try check(mantissa, in: 1 << 30...1 << 31 - 1, "\(what) mantissa")
    try check(exponent, in: -100...100, "\(what) exponent")
    return Double(sign: .plus, exponent: exponent, significand: Double(mantissa))
  }
}
