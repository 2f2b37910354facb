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

  /// The size of every axis, or nil where the shapes do not fit the terms or disagree. An operand's axis of size 1 is repeated
  /// for the others of its letter.
  package func sizes(_ shapes: [[Int]]) -> [Character: Int]? {
    guard shapes.count == terms.count else { return nil }
    var sizes: [Character: Int] = [:]
    for (term, shape) in zip(terms, shapes) {
      guard term.count == shape.count else { return nil }
      var own: [Character: Int] = [:]
      for (letter, size) in zip(term, shape) {
        guard own.updateValue(size, forKey: letter) ?? size == size else { return nil }
      }
      for (letter, size) in own {
        let known = sizes[letter] ?? 1
        guard size == known || size == 1 || known == 1 else { return nil }
        sizes[letter] = size == 1 ? known : size
      }
    }
    return sizes
  }

  /// The equation and the shapes without the axes that are repeated.
  func withoutRepeats(
    _ shapes: [[Int]], _ sizes: [Character: Int]
  ) -> (equation: EinsumEquation, shapes: [[Int]]) {
    var (equation, kept) = (self, shapes)
    for (index, (term, shape)) in zip(terms, shapes).enumerated() {
      let axes = zip(term, shape).filter { letter, size in sizes[letter] == size }
      (equation.terms[index], kept[index]) = (axes.map(\.0), axes.map(\.1))
    }
    return (equation, kept)
  }

  /// The axes that are summed over, in order of appearance.
  package var summed: [Character] {
    var seen = Set(output)
    return terms.joined().filter { seen.insert($0).inserted }
  }
}
