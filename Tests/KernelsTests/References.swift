#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

// The formulas of docs/ARITHMETIC.md in Swift's checked arithmetic and independent of CKernels/spec, and their real-valued
// counterparts.

/// T[f] = round((2^bits - 1) * 2^(-f / 64)).
func exponentTable(bits: Int) -> [UInt16] {
  let top = Double((1 << bits) - 1)
  return (0..<64).map { UInt16((top * exp2(-Double($0) / 64)).rounded()) }
}

func floorDivide(_ dividend: Int, by divisor: Int) -> Int {
  let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
  return remainder != 0 && (remainder < 0) != (divisor < 0) ? quotient - 1 : quotient
}

/// floor((2^p - 1) / 2 - 2^(p + 14) / m + 1 / 2) for p >= 0, else 0.
func roundingConstant(shift: Int, multiplier: Int) -> Int {
  shift < 0 ? 0 : floorDivide((multiplier - 32768) << shift, by: 2 * multiplier)
}

func saturated16(_ value: Int) -> Int { min(max(value, -32768), 32767) }

/// w of the 16-bit rule; `a` holds the bias.
func scaled(_ a: Int, shift: Int, multiplier: Int) -> Int {
  let shifted = shift >= 0 ? a >> shift : a << -shift
  return saturated16((saturated16(shifted) * multiplier + 16384) >> 15)
}

/// Signal to quantization noise in decibels.
func decibels(signal: [Double], reconstruction: [Double]) -> Double {
  let power = signal.reduce(0) { $0 + $1 * $1 }
  let noise = zip(signal, reconstruction).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  return 10 * log10(power / noise)
}

/// The int8 result that follows w.
func int8(_ w: Int, _ rule: RuleCase) -> Int {
  let q = saturated16(w + 64 * Int(rule.zeroPoint) + 32) >> 6
  return min(max(q, Int(rule.low)), Int(rule.high))
}
