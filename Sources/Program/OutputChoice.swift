/// One of a model's outputs, and what it means.
package struct OutputChoice {
  private let text: String

  package static let meanings = OutputMeaning.allCases.map(\.rawValue).joined(separator: ", ")

  package init?(argument: String) {
    text = argument
    guard !argument.isEmpty else { return nil }
  }

  /// What was said of the outputs' meaning.
  package var meaning: OutputMeaning? {
    OutputMeaning(rawValue: text)
      ?? text.lastIndex(of: "=").flatMap {
        OutputMeaning(rawValue: String(text[text.index(after: $0)...]))
      }
  }

  /// The output that is named; nil where only a meaning is. A meaning may be a name too: outputs are often called logits.
  package func name(among names: [String]) -> String? {
    if names.contains(text) { return text }
    guard let meaning else { return text }
    return text == meaning.rawValue ? nil : String(text.dropLast(meaning.rawValue.count + 1))
  }
}
