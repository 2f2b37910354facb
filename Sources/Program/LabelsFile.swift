/// The names of a model's classes.
package enum LabelsFile {
  /// Reads labels, one a line.
  package static func read(_ path: String) throws(FileError) -> [String] {
    try parse(FileAccess.readText(path), source: path)
  }

  /// The lines of a text. `source` says where it is from.
  package static func parse(_ text: String, source: String) throws(FileError) -> [String] {
    // A byte order mark is no part of the first label; "\r\n" is one Character.
    let unmarked = String(text.unicodeScalars.drop { $0 == "\u{FEFF}" })
    var lines = unmarked.split(omittingEmptySubsequences: false) {
      $0 == "\n" || $0 == "\r\n" || $0 == "\r"
    }.map(trimmed)
    while lines.last?.isEmpty == true { lines.removeLast() }
    guard !lines.isEmpty else { throw FileError("\(source): no label in it") }
    if let empty = lines.firstIndex(of: "") {
      throw FileError("\(source): line \(empty + 1) is empty; one label a line is expected")
    }
    return lines
  }

  /// Checks that there is one label an output, or none. `name` is what the labels are called in the message.
  package static func check(_ labels: [String], name: String, outputs: Int) throws(FileError) {
    guard labels.isEmpty || labels.count == outputs else {
      throw FileError(
        "\(name) has \(labels.count) lines, the model \(outputs) outputs; one label a line is expected"
      )
    }
  }

  private static func trimmed(_ line: Substring) -> String {
    let start = line.firstIndex { $0 != " " && $0 != "\t" } ?? line.endIndex
    let end = line.lastIndex { $0 != " " && $0 != "\t" }.map(line.index(after:)) ?? start
    return String(line[start..<end])
  }
}

/// Finds classes by the names of folders: a whole label, or its first word.
package struct LabelIndex {
  private var classes: [String: Int] = [:]

  package init(_ labels: [String]) {
    var words: [String: [Int]] = [:]
    for (index, label) in labels.enumerated() {
      if let word = label.split(separator: " ").first {
        words[String(word), default: []].append(index)
      }
    }
    for (word, indices) in words where indices.count == 1 { classes[word] = indices[0] }
    for (index, label) in labels.enumerated().reversed() { classes[label] = index }
  }

  package subscript(folder: String) -> Int? { classes[folder] }
}
