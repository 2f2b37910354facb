/// One axis of an einsum in memory: its size and the stride of every operand along it, 0 where it
/// has none.
private struct EinsumAxis {
  var size: Int
  var strides: [Int]
}

extension Evaluation {
  func einsum(_ text: String, _ output: [Int]) throws(GraphError) -> [Float] {
    let stated = inputs.map { $0?.shape ?? [] }
    guard let parsed = EinsumEquation(text), let sizes = parsed.sizes(stated) else {
      throw operands.error("an equation that fits the shapes")
    }
    let (equation, shapes) = parsed.withoutRepeats(stated, sizes)
    if let product = try batchedProduct(equation, shapes, sizes) { return product }

    let terms = inputs.indices.map { floats($0) }
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
    result.reserveCapacity(output.reduce(1, *))
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
    _ equation: EinsumEquation, _ shapes: [[Int]], _ sizes: [Character: Int]
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
      let kept = try apply(.reshape(shape: shapes[index]), tensor(index))
      let moved = try apply(.transpose(permutation: permutation), kept)
      return try apply(.reshape(shape: shape), moved)
    }
    let (batches, m, n, k) = (size(batch), size(left), size(right), size(equation.summed))
    let product = try apply(
      .matMul, try ordered(0, batch + left + equation.summed, [batches, m, k]),
      try ordered(1, batch + equation.summed + right, [batches, k, n]))
    let order = batch + left + right
    let natural = try apply(
      .reshape(shape: order.map { sizes[$0, default: 1] }), product)
    let back = output.compactMap { order.firstIndex(of: $0) }
    return try apply(.transpose(permutation: back), natural).floats
  }
}
