extension Attention {
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
}
