/// Columns of text: the first flush left, the others flush right unless told.
struct TextTable: CustomStringConvertible {
  private var rows: [[String]] = []
  private let leftColumns: Set<Int>

  init(_ titles: [String] = [], leftColumns: Set<Int> = [0]) {
    self.leftColumns = leftColumns
    if !titles.isEmpty { rows = [titles] }
  }

  mutating func add(_ cells: String...) { rows.append(cells) }

  var description: String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    let lines = rows.map { row in
      let cells = row.enumerated().map { column, text in
        let gap = String(repeating: " ", count: widths[column] - text.count)
        return leftColumns.contains(column) ? text + gap : gap + text
      }
      let line = cells.joined(separator: "  ")
      return String(
        line[..<(line.lastIndex { $0 != " " }.map(line.index(after:)) ?? line.endIndex)])
    }
    return lines.joined(separator: "\n")
  }
}
