/// How much of a terminal's line text takes: never less than terminals give it.
extension StringProtocol {
  /// Columns.
  var columns: Int { unicodeScalars.reduce(0) { $0 + $1.columns } }

  /// The beginning that fits so many columns, of whole characters.
  func clipped(to columns: Int) -> SubSequence {
    var rest = columns
    return prefix {
      rest -= $0.unicodeScalars.reduce(0) { $0 + $1.columns }
      return rest >= 0
    }
  }
}

extension Unicode.Scalar {
  /// Two of what East Asian scripts and emoji are written with (Unicode's East_Asian_Width, wide and fullwidth), none of
  /// what joins the character before.
  fileprivate var columns: Int {
    guard value >= 0x300 else { return 1 }
    if properties.isEmojiPresentation || Self.wide.contains(where: { $0.contains(value) }) {
      return 2
    }
    // The emoji variation makes a wide one of a narrow character.
    if value == 0xFE0F { return 1 }
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: return 1
    }
  }

  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C,
    0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60,
    0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF, 0x1D300...0x1D376, 0x1F200...0x1F2FF,
    0x1F300...0x1FAFF, 0x20000...0x3FFFD,
  ]
}
