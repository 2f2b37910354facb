struct Einsum: FloatOperator {
  let equation: String

  var attributes: [String] { [equation] }
  var arity: ClosedRange<Int> { 1...Int.max }

  func outputShape(_ operands: Operands) throws(GraphError) -> [Int] {
    try operands.expectElements()
    guard let parsed = EinsumEquation(equation), parsed.terms.count == operands.infos.count else {
      throw operands.error(
        "an equation of letters with an arrow and \(operands.infos.count) terms")
    }
    var shapes: [[Int]] = []
    for index in operands.infos.indices { shapes.append(try operands[index].shape) }
    guard let sizes = parsed.sizes(shapes) else {
      throw operands.error("shapes that fit the equation")
    }
    return parsed.output.map { sizes[$0, default: 1] }
  }

  func values(_ run: Evaluation) throws(GraphError) -> [Float] {
    let stated = run.inputs.map { $0?.shape ?? [] }
    guard let parsed = EinsumEquation(self.equation), let sizes = parsed.sizes(stated) else {
      throw run.operands.error("an equation that fits the shapes")
    }
    let (equation, shapes) = parsed.withoutRepeats(stated, sizes)
    if let product = try batchedProduct(equation, shapes, sizes, run) { return product }

    let terms = run.inputs.indices.map { run.floats($0) }
    func axes(_ letters: [Character]) -> [EinsumAxis] {
      letters.map { letter in
        let strides = equation.terms.indices.map { index in
          zip(equation.terms[index], Shapes.strides(shapes[index]))
            .reduce(0) { $0 + ($1.0 == letter ? $1.1 : 0) }
        }
        return EinsumAxis(size: sizes[letter, default: 1], strides: strides)
      }
    }
    let (free, summed) = (axes(equation.output), axes(equation.summed))
    var result: [Float] = []
    result.reserveCapacity(run.outputs[0].count)
    var places = [Int](repeating: 0, count: terms.count)
    visit(free[...], &places) { start in
      var sum: Float = 0
      var inner = start
      visit(summed[...], &inner) { places in
        var factor: Float = 1
        for (index, place) in places.dropLast().enumerated() { factor *= terms[index][place] }
        sum.addProduct(factor, terms[terms.count - 1][places[terms.count - 1]])
      }
      result.append(sum)
    }
    return result
  }

  /// Calls `body` with the operands' places for every index of the axes, in order.
  private func visit(
    _ axes: ArraySlice<EinsumAxis>, _ places: inout [Int], _ body: ([Int]) -> Void
  ) {
    guard let axis = axes.first else { return body(places) }
    for _ in 0..<axis.size {
      visit(axes.dropFirst(), &places, body)
      for index in places.indices { places[index] += axis.strides[index] }
    }
    for index in places.indices { places[index] -= axis.size * axis.strides[index] }
  }

  /// An einsum of two operands without repeated letters or lone sums, as transposes round one
  /// batched product.
  private func batchedProduct(
    _ equation: EinsumEquation, _ shapes: [[Int]], _ sizes: [Character: Int], _ run: Evaluation
  ) throws(GraphError) -> [Float]? {
    guard equation.terms.count == 2 else { return nil }
    let (a, b, output) = (equation.terms[0], equation.terms[1], equation.output)
    guard Set(a).count == a.count, Set(b).count == b.count,
      equation.summed.allSatisfy({ a.contains($0) && b.contains($0) })
    else { return nil }
    let batch = output.filter { a.contains($0) && b.contains($0) }
    let left = output.filter { !b.contains($0) }
    let right = output.filter { !a.contains($0) }
    func size(_ letters: [Character]) -> Int { letters.reduce(1) { $0 * sizes[$1, default: 1] } }
    func ordered(_ index: Int, _ letters: [Character], _ shape: [Int]) throws(GraphError) -> Tensor
    {
      let term = equation.terms[index]
      let permutation = letters.compactMap { term.firstIndex(of: $0) }
      let kept = try run.apply(.reshape(shape: shapes[index]), run.tensor(index))
      let moved = try run.apply(.transpose(permutation: permutation), kept)
      return try run.apply(.reshape(shape: shape), moved)
    }
    let (batches, m, n, k) = (size(batch), size(left), size(right), size(equation.summed))
    let product = try run.apply(
      .matMul, try ordered(0, batch + left + equation.summed, [batches, m, k]),
      try ordered(1, batch + equation.summed + right, [batches, k, n]))
    let order = batch + left + right
    let natural = try run.apply(
      .reshape(shape: order.map { sizes[$0, default: 1] }), product)
    let back = output.compactMap { order.firstIndex(of: $0) }
    return try run.apply(.transpose(permutation: back), natural).floats
  }
}

/// An einsum equation in explicit form: one letter an axis, no ellipsis.
struct EinsumEquation: Sendable, Equatable {
  var terms: [[Character]]
  var output: [Character]

  /// Nil where the text is not an equation, or where the output names an axis twice or one that no
  /// term has.
  init?(_ equation: String) {
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
  func sizes(_ shapes: [[Int]]) -> [Character: Int]? {
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
  var summed: [Character] {
    var seen = Set(output)
    return terms.joined().filter { seen.insert($0).inserted }
  }
}

/// One axis of an einsum in memory: its size and the stride of every operand along it, 0 where it
/// has none.
private struct EinsumAxis {
  var size: Int
  var strides: [Int]
}
