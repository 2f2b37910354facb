/// Columns of text that fit a terminal of 80 columns where they can: the first flush left, the others flush right unless
/// told.
package struct TextTable: CustomStringConvertible {
  /// What happens to a last column, flush left, that does not fit.
  package enum Overflow {
    /// It goes on in further lines, between words.
    case wraps
    /// It loses its beginning: of names, the end tells more.
    case losesBeginning
  }

  private var rows: [[String]] = []
  private let leftColumns: Set<Int>
  private let overflow: Overflow

  private static let width = 80
  /// No column is made narrower.
  private static let narrowest = 10

  package init(_ titles: [String] = [], leftColumns: Set<Int> = [0], overflow: Overflow = .wraps) {
    self.leftColumns = leftColumns
    self.overflow = overflow
    if !titles.isEmpty { rows = [titles] }
  }

  package mutating func add(_ cells: String...) { add(cells) }

  package mutating func add(_ cells: [String]) { rows.append(cells.map(\.escapingControls)) }

  package var description: String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { column < $0.count ? $0[column].columns : 0 }.max() ?? 0
    }
    return rows.flatMap { lines(of: $0, widths: widths) }.joined(separator: "\n")
  }

  /// The lines that a row takes.
  private func lines(of row: [String], widths: [Int]) -> [String] {
    guard let last = row.indices.last else { return [""] }
    let start = widths[..<last].reduce(0) { $0 + $1 + 2 }
    let room = max(Self.narrowest, Self.width - start)
    let parts = leftColumns.contains(last) ? fit(row[last], into: room) : [row[last]]
    return parts.enumerated().map { index, part in
      let head = index == 0 ? Array(row[..<last]) : Array(repeating: "", count: last)
      let cells = (head + [part]).enumerated().map { column, text in
        let gap = String(repeating: " ", count: max(0, widths[column] - text.columns))
        return leftColumns.contains(column) ? text + gap : gap + text
      }
      return Self.trimmed(cells.joined(separator: "  "))
    }
  }

  private func fit(_ text: String, into room: Int) -> [String] {
    guard text.columns > room else { return [text] }
    switch overflow {
    case .losesBeginning: return ["..." + text.suffix(room - 3)]
    case .wraps:
      var lines: [String] = []
      for word in text.split(separator: " ", omittingEmptySubsequences: false) {
        if let line = lines.last, line.columns + 1 + word.columns <= room {
          lines[lines.count - 1] += " \(word)"
        } else {
          lines.append(String(word))
        }
      }
      return lines
    }
  }

  /// Without the spaces at its end.
  private static func trimmed(_ line: String) -> String {
    String(line[..<(line.lastIndex { $0 != " " }.map(line.index(after:)) ?? line.endIndex)])
  }
}
