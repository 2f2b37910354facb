/// What the samples of a frame mean: the standard that defines luma and colour differences, and the values that they take.
public struct ColourEncoding: Sendable, Equatable {
  /// The standard, by the ITU-R recommendation that has its weights.
  public enum Standard: String, Sendable, CaseIterable {
    /// ITU-R BT.601: standard definition, and JPEG.
    case bt601
    /// ITU-R BT.709: high definition.
    case bt709
    /// ITU-R BT.2020: ultra-high definition.
    case bt2020
  }

  /// The weights of red, green and blue.
  public var standard: Standard
  /// Whether black is 0 and white 255; else they are 16 and 235 (colour differences: 16 to 240).
  public var isFullRange: Bool

  /// Creates an encoding.
  public init(standard: Standard, isFullRange: Bool) {
    self.standard = standard
    self.isFullRange = isFullRange
  }

  /// What frames mean where nothing says it: BT.601 in limited range; full range for RGB, grey and JPEG.
  public static func usual(for format: FrameFormat) -> ColourEncoding {
    ColourEncoding(standard: .bt601, isFullRange: format.space != .ycc)
  }
}

/// Components to a model's channels, in integers: channel k is
/// `(sum over c of weights[3 * k + c] * component c + offsets[k]) >> shift`, clamped to 0...255, of components that have
/// four fraction bits: `swl_frame_colours`.
struct ColourMatrix {
  static let componentBits = 4
  static let shift = 14 + componentBits

  private(set) var weights: [Int32] = []
  private(set) var offsets: [Int32] = []

  /// Weights for R, G and B, in the reverse order for `isBGR`, or for grey alone.
  init(_ format: FrameFormat, _ colour: ColourEncoding, channels: Int, isBGR: Bool) {
    var rows = Self.rows(format, colour)
    if channels == 1 {
      // Pillow's grey of an RGB image. Of BT.601's colour differences nothing but a rounding is left.
      let shares = [19595, 38470, 7471]
      rows = [
        (0..<3).map { c in
          let weight = Self.divided((0..<3).reduce(0) { $0 + shares[$1] * rows[$1][c] }, 65536)
          return abs(weight) < 4 ? 0 : weight
        }
      ]
    } else if isBGR {
      rows.reverse()
    }
    let black = colour.isFullRange ? 0 : 16
    for row in rows {
      let zero = format.space == .rgb ? [black, black, black] : [black, 128, 128]
      let sum = (0..<3).reduce(0) { $0 + row[$1] * zero[$1] }
      weights += row.map { Int32($0) }
      offsets.append(Int32((1 << (Self.shift - 1)) - (sum << Self.componentBits)))
    }
  }

  /// The weights of three components with 14 fraction bits for R, G and B.
  private static func rows(_ format: FrameFormat, _ colour: ColourEncoding) -> [[Int]] {
    let one = 1 << 14
    let luma = divided(255 * one, colour.isFullRange ? 255 : 219)
    switch format.space {
    case .luma: return Array(repeating: [luma, 0, 0], count: 3)
    case .rgb: return (0..<3).map { k in (0..<3).map { $0 == k ? luma : 0 } }
    case .ycc, .jpeg: break
    }
    // The weights of red and blue in luma, in ten-thousandths.
    let (red, blue) =
      switch colour.standard {
      case .bt601: (2990, 1140)
      case .bt709: (2126, 722)
      case .bt2020: (2627, 593)
      }
    let green = 10000 - red - blue
    func difference(_ numerator: Int, _ denominator: Int) -> Int {
      divided(numerator * one * 255, denominator * (colour.isFullRange ? 255 : 224))
    }
    return [
      [luma, 0, difference(2 * (10000 - red), 10000)],
      [
        luma, difference(-2 * blue * (10000 - blue), 10000 * green),
        difference(-2 * red * (10000 - red), 10000 * green),
      ],
      [luma, difference(2 * (10000 - blue), 10000), 0],
    ]
  }

  /// Rounds to the nearest whole number.
  private static func divided(_ numerator: Int, _ denominator: Int) -> Int {
    (2 * numerator + (numerator < 0 ? -denominator : denominator)) / (2 * denominator)
  }
}
