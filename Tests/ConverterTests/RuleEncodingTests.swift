import SwiftletConverter
import SwiftletProgram
import Testing

@Suite struct RuleEncodingTests {
  @Test func factorsAreHeldToFifteenBits() throws {
    var random = SeededGenerator(seed: 2)
    for _ in 0..<20000 {
      let magnitude = Double.random(in: -24.9...7.9, using: &random)
      let factor = pow2(magnitude) * (Bool.random(using: &random) ? 1 : -1)
      let encoding = try #require(RuleEncoding(factor), "\(factor)")
      #expect(abs(encoding.factor / factor - 1) <= 0x1p-15)
      #expect((1 << 14...32767).contains(abs(encoding.multiplier)))
      #expect(RuleEncoding.shifts.contains(encoding.shift))
    }
    #expect(RuleEncoding(0) == nil && RuleEncoding(.nan) == nil && RuleEncoding(512) == nil)
    #expect(RuleEncoding(RuleEncoding.smallestFactor) != nil)
    #expect(RuleEncoding(RuleEncoding.smallestFactor * 0.49) == nil)
  }

  private func pow2(_ exponent: Double) -> Double {
    let whole = exponent.rounded(.down)
    return Double(sign: .plus, exponent: Int(whole), significand: 1 + (exponent - whole))
  }

  /// The rule as `CKernels/spec` computes it, against exact rounding of factor * a.
  @Test(arguments: [0.1233, 0.01307, 0.3719, 0.0021, 0.9137]) func theRuleRoundsCorrectly(
    step: Double
  ) throws {
    let factor = 64 * step
    var columns = RuleColumns()
    let fits = columns.append(factor: factor, offset: 0, sum: 1 << 20, isInt16: false)
    #expect(fits)
    let (bias, m, p) = (
      Int(columns.bias[0]), Int(columns.multiplier[0]), Int(columns.shift[0])
    )
    var differing = 0
    var count = 0
    let reach = Int(127 / step)
    for a in stride(from: -reach, through: reach, by: max(1, reach / 5000)) {
      let shifted = p >= 0 ? (a + bias) >> p : (a + bias) << -p
      let w = (max(-32768, min(32767, shifted)) * m + (1 << 14)) >> 15
      let q = (w + 32) >> 6
      let exact = Int((Double(a) * step).rounded())
      count += 1
      if q != exact { differing += 1 }
      #expect(abs(q - exact) <= 1)
    }
    #expect(Double(differing) <= 0.02 * Double(count) + 2, "\(differing) of \(count)")
  }

  @Test func mantissasHaveThirtyOneBits() {
    for factor in [1e-9, 0.3, 1, 1.9999999999, 77, 1e12] {
      let encoding = MantissaEncoding(factor)
      #expect((1 << 30..<1 << 31).contains(encoding.mantissa))
      let value =
        Double(sign: .plus, exponent: encoding.exponent, significand: 1)
        * Double(encoding.mantissa)
      #expect(abs(value / factor - 1) < 1e-9)
    }
  }
}
