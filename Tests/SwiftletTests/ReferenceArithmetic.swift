/// docs/ARITHMETIC.md, "The 16-bit rule", on integers that do not wrap.
enum Arithmetic {
  static func clamp(_ value: Int, _ low: Int, _ high: Int) -> Int { min(max(value, low), high) }

  static func saturate(_ value: Int) -> Int { clamp(value, -32768, 32767) }

  static func multiplyHigh(_ a: Int, _ b: Int) -> Int { saturate((a * b + 16384) >> 15) }

  /// rdmulh16(sat16(a >> shift), multiplier); a negative shift is a left shift, as in Swift.
  static func scaled(_ a: Int, shift: Int, multiplier: Int) -> Int {
    multiplyHigh(saturate(a >> shift), multiplier)
  }

  static func quantized(_ w: Int, zeroPoint: Int, low: Int, high: Int) -> Int {
    clamp(saturate(w + 64 * zeroPoint + 32) >> 6, low, high)
  }

  static func addend(_ value: Int, zeroPoint: Int, multiplier: Int) -> Int {
    multiplyHigh((value - zeroPoint) << 7, multiplier)
  }
}
