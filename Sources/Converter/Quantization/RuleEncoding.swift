import SwiftletProgram

/// A real factor as the 16-bit rule's multiplier and shift: factor ~ multiplier * 2^-(shift + 15).
package struct RuleEncoding: Equatable {
  package var multiplier: Int
  package var shift: Int

  package static let shifts = -8...24
  /// The largest factor that can be encoded for sums of at most this magnitude, with a bias no larger.
  package static func largestFactor(sum: Int) -> Double {
    let shift = shifts.first { UInt(2 * sum) << UInt(max(0, -$0)) < 1 << 31 } ?? shifts.upperBound
    return 0x7FFFp-14 * exp2(-1 - shift)
  }

  /// The smallest factor that can be encoded.
  package static let smallestFactor = 0x1p14 * 0x1p-39

  /// nil where the factor is zero, not finite, or needs a shift outside -8...24.
  package init?(_ factor: Double) {
    guard factor != 0, factor.isFinite else { return nil }
    var shift = -1 - Int(factor.magnitude.exponent)
    var multiplier = (factor.magnitude.significand * 0x1p14).rounded()
    if multiplier == 0x1p15 {
      multiplier = 0x1p14
      shift -= 1
    }
    guard Self.shifts.contains(shift) else { return nil }
    self.shift = shift
    self.multiplier = factor < 0 ? -Int(multiplier) : Int(multiplier)
  }

  /// The factor that the encoding stands for.
  package var factor: Double { Double(multiplier) * exp2(-(shift + 15)) }

  /// The rounding constant of an int8 output: floor((2^p - 1) / 2 - 2^(p + 14) / m + 1 / 2), 0 for p < 0.
  package var int8Rounding: Int {
    shift < 0 ? 0 : Int((exp2(shift - 1) - exp2(shift + 14) / Double(multiplier)).rounded(.down))
  }

  /// The rounding constant of an int16 output: 2^(p - 1), 0 for p < 1.
  package var int16Rounding: Int { shift < 1 ? 0 : 1 << (shift - 1) }

  /// Whether |bias| plus the largest sum of products stays within int32 after a left shift.
  package func holds(bias: Int, sum: Int) -> Bool {
    (bias.magnitude + UInt(sum)) << UInt(max(0, -shift)) < 1 << 31
  }
}

/// 2 to an integer power, exactly.
func exp2(_ exponent: Int) -> Double { Double(sign: .plus, exponent: exponent, significand: 1) }

/// mantissa * 2^exponent with the mantissa in 2^30..<2^31, as the kernels take factors that they divide.
package struct MantissaEncoding: Equatable {
  package var mantissa: Int
  package var exponent: Int

  package init(_ factor: Double) {
    var exponent = Int(factor.exponent) - 30
    var mantissa = (factor.significand * 0x1p30).rounded()
    if mantissa == 0x1p31 {
      mantissa = 0x1p30
      exponent += 1
    }
    self.mantissa = Int(mantissa)
    self.exponent = exponent
  }
}

/// The rule's arguments of all output channels of one instruction.
package struct RuleColumns {
  package var bias: [Int32] = []
  package var multiplier: [Int16] = []
  package var shift: [Int8] = []

  package init() {}

  mutating func append(_ encoding: RuleEncoding, bias: Int) {
    self.bias.append(Int32(bias))
    multiplier.append(Int16(encoding.multiplier))
    shift.append(Int8(encoding.shift))
  }

  /// Appends q = factor * (a + accumulatorBias) + offset, q in the rule's units (64ths of a step for int8), for sums of
  /// products of at most `sum`; false, and nothing appended, where the rule cannot hold it.
  package mutating func append(
    factor: Double, offset: Double, accumulatorBias: Int = 0, sum: Int, isInt16: Bool
  ) -> Bool {
    guard let encoding = RuleEncoding(factor) else { return false }
    let rounding = isInt16 ? encoding.int16Rounding : encoding.int8Rounding
    let real = (offset / encoding.factor).rounded()
    guard abs(real) < 0x1p31 else { return false }
    let bias = Int(real) + accumulatorBias + rounding
    guard encoding.holds(bias: bias, sum: sum) else { return false }
    append(encoding, bias: bias)
    return true
  }

  /// As `append`, for a channel whose factor may be nearly zero: it is raised until its offset fits.
  mutating func appendRaising(
    factor: Double, offset: Double, sum: Int, isInt16: Bool
  ) throws {
    let smallest = max(RuleEncoding.smallestFactor, abs(offset) / (0x1p31 - Double(sum) - 0x1p26))
    let raised = abs(factor) < smallest ? (factor < 0 ? -smallest : smallest) : factor
    guard append(factor: raised, offset: offset, sum: sum, isInt16: isInt16) else {
      throw ConversionError(
        "channel \(bias.count): a scale of \(factor) with an offset of \(offset) is outside what the 16-bit rule holds"
      )
    }
  }

  /// Pads to a multiple of 16 channels with harmless entries.
  mutating func pad() {
    while bias.count % 16 != 0 {
      bias.append(0)
      multiplier.append(1 << 14)
      shift.append(0)
    }
  }
}

extension ScalarRule {
  /// The rule of one factor for all elements, whose sums of products are at most `sum`.
  init(factor: Double, sum: Int, isInt16: Bool) throws {
    var columns = RuleColumns()
    try columns.appendRaising(factor: factor, offset: 0, sum: sum, isInt16: isInt16)
    self.init(
      bias: Int(columns.bias[0]), multiplier: Int(columns.multiplier[0]),
      shift: Int(columns.shift[0]))
  }
}
