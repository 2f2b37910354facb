import CSwiftletKernels
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Scales computed while a model runs.
@Suite struct ScaleTests {
  private func value(of scale: swl_scale) -> Double {
    Double(scale.multiplier) * exp2(-Double(Int(scale.shift) + 15))
  }

  /// The value lies within the range that a scale can express, with a margin for rounding.
  private func isRepresentable(_ value: Double) -> Bool {
    value > exp2(-25) * 1.001 && value < exp2(8) * 0.999
  }

  private func expectNormal(_ scale: swl_scale, _ comment: String) {
    #expect((1 << 14)...32767 ~= scale.multiplier, "\(comment)")
    #expect(-8...24 ~= scale.shift, "\(comment)")
  }

  @Test func reciprocalRoundsToNearest() {
    var random = Random(seed: 4)
    var checked = 0
    for _ in 0..<100_000 {
      let mantissa = random.pick((1 << 30)...Int32.max)
      let exponent = random.pick(-45...(-5)) as Int32
      let divisor = (random.next() as UInt64) >> random.pick(32...63)
      guard divisor > 0 else { continue }
      let exact = Double(mantissa) * exp2(Double(exponent)) / Double(divisor)
      guard isRepresentable(exact) else { continue }
      let scale = swl_reciprocal(mantissa, exponent, UInt32(divisor))
      expectNormal(scale, "\(mantissa), \(exponent), \(divisor)")
      // Half a unit of the multiplier, and the double's own rounding.
      let half = exp2(-Double(Int(scale.shift) + 16))
      #expect(abs(value(of: scale) - exact) <= half * (1 + 1e-10))
      let r = roundingConstant(shift: Int(scale.shift), multiplier: Int(scale.multiplier))
      #expect(Int(scale.bias) == r)
      checked += 1
    }
    #expect(checked > 50_000)
  }

  @Test func normalizerIsWithinHalfAUnit() {
    var random = Random(seed: 5)
    var checked = 0
    for _ in 0..<100_000 {
      let mantissa = random.pick((1 << 30)...Int32.max)
      let exponent = random.pick(-45...0) as Int32
      let d = max(1, (random.next() as UInt64) >> random.pick(0...63))
      #if arch(x86_64)
        let root = Float80(d).squareRoot()
        let exact = Double(Float80(mantissa) / root) * exp2(Double(exponent))
      #else
        let exact = Double(mantissa) / Double(d).squareRoot() * exp2(Double(exponent))
      #endif
      guard isRepresentable(exact) else { continue }
      let scale = swl_normalizer(d, mantissa, exponent)
      expectNormal(scale, "\(d), \(mantissa), \(exponent)")
      #expect(abs(value(of: scale) / exact - 1) <= exp2(-15))
      #expect(Int(scale.bias) == (scale.shift >= 1 ? 1 << (scale.shift - 1) : 0))
      checked += 1
    }
    #expect(checked > 40_000)
  }

  /// Squares and their neighbours, where a root that is off by one would show: 2^30 * 2^e / sqrt(n^2) is a power of two
  /// over n.
  @Test func rootsOfSquaresAreExact() {
    var random = Random(seed: 6)
    let roots =
      [1, 2, 3, 4_294_967_295, 2_147_483_648, 3_037_000_499]
      + (0..<10_000).map { _ in
        random.pick(1...4_294_967_295) as UInt64
      }
    for root in roots {
      let power = swl_reciprocal(1 << 30, -20, UInt32(root))
      let scale = swl_normalizer(root * root, 1 << 30, -20)
      #expect(scale.multiplier == power.multiplier && scale.shift == power.shift, "\(root)")
    }
  }

  @Test func limitsSaturate() {
    let largest = swl_reciprocal(Int32.max, 0, 1)
    #expect((largest.multiplier, largest.shift, largest.bias) == (32767, -8, 0))
    let smallest = swl_reciprocal(1 << 30, -100, 1)
    #expect((smallest.multiplier, smallest.shift, smallest.bias) == (0, 24, 0))
    let extremes = [Int32.min, Int32.max]
    for exponent in extremes {
      let reciprocal = swl_reciprocal(Int32.max, exponent, UInt32.max)
      let normalizer = swl_normalizer(UInt64.max, Int32.max, exponent)
      #expect(-8...24 ~= reciprocal.shift && -8...24 ~= normalizer.shift)
    }
    #expect(
      swl_reciprocal(1 << 30, -30, 0).multiplier == swl_reciprocal(1 << 30, -30, 1).multiplier)
    #expect(
      swl_normalizer(0, 1 << 30, -30).multiplier == swl_normalizer(1, 1 << 30, -30).multiplier)
  }
}
