/// An einsum equation in explicit form: one letter an axis, no ellipsis.
package struct EinsumEquation: Sendable, Equatable {
  package var terms: [[Character]]
  package var output: [Character]

  /// Nil where the text is not an equation, or where the output names an axis twice or one that no
  /// term has.
  package init?(_ equation: String) {
    let text = equation.filter { $0 != " " }
    guard let arrow = text.firstIndex(of: "-") else { return nil }
    let right = text[arrow...].dropFirst()
    guard right.first == ">" else { return nil }
    terms = text[..<arrow].split(separator: ",", omittingEmptySubsequences: false).map(Array.init)
    output = Array(right.dropFirst())
    let letters = Set(terms.joined())
    guard letters.union(output).allSatisfy({ $0.isASCII && $0.isLetter }),
      Set(output).count == output.count, letters.isSuperset(of: output)
    else { return nil }
  }

  /// The size of every axis, or nil where the shapes do not fit the terms or disagree.
  package func sizes(_ shapes: [[Int]]) -> [Character: Int]? {
    guard shapes.count == terms.count else { return nil }
    var sizes: [Character: Int] = [:]
    for (term, shape) in zip(terms, shapes) {
      guard term.count == shape.count else { return nil }
      for (letter, size) in zip(term, shape) {
        guard sizes[letter, default: size] == size else { return nil }
        sizes[letter] = size
      }
    }
    return sizes
  }

  /// The axes that are summed over, in order of appearance.
  package var summed: [Character] {
    var seen = Set(output)
    return terms.joined().filter { seen.insert($0).inserted }
  }
}
