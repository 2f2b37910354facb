internal import CSwiftletFloat

/// A vector stands for one row on the left, one column on the right.
struct MatMul: FloatOperator {
  var arity: ClosedRange<Int> { 2...2 }

  func outputShape(_ operands: Operands) throws(GraphError) -> [Int] {
    try operands.expectElements()
    let (a, b) = (try operands[0].shape, try operands[1].shape)
    try operands.expect(!a.isEmpty && !b.isEmpty, "operands of rank 1 or more")
    let (left, right) = Self.matrices(a, b)
    try operands.expect(left.last == right[right.count - 2], "a [..., M, K] and b [..., K, N]")
    var shape = try operands.broadcast(left.dropLast(2), right.dropLast(2))
    if a.count > 1 { shape.append(left[left.count - 2]) }
    if b.count > 1 { shape.append(right[right.count - 1]) }
    return shape
  }

  func values(_ run: Evaluation) -> [Float] {
    let (left, right) = Self.matrices(run.shape(0), run.shape(1))
    var shape = ProductShape(
      m: left[left.count - 2], n: right[right.count - 1], k: left[left.count - 1])
    var batches = [(a: 0, b: 0)]
    if right.count == 2 {
      shape.m = left.dropLast().reduce(1, *)
    } else {
      batches = Shapes.pairs(left.dropLast(2), right.dropLast(2))
    }
    return run.multiply(
      run.floats(0), run.floats(1), shape, batches: batches, packed: run.packed)
  }

  func packed(_ weights: [Float], _ shape: [Int]) -> PackedWeights? {
    guard shape.count == 2 else { return nil }
    return .columns(weights, ProductShape(m: 0, n: shape[1], k: shape[0]))
  }

  private static func matrices(_ a: [Int], _ b: [Int]) -> ([Int], [Int]) {
    (a.count == 1 ? [1] + a : a, b.count == 1 ? b + [1] : b)
  }
}

struct Linear: FloatOperator {
  var arity: ClosedRange<Int> { 2...3 }

  func outputShape(_ operands: Operands) throws(GraphError) -> [Int] {
    try operands.expectElements()
    let (x, weights) = (try operands[0].shape, try operands[1].shape)
    try operands.expect(
      x.count >= 1 && weights.count == 2 && x.last == weights.first,
      "x [..., K] and weights [K, N]")
    try operands.expectVector(2, weights[1], "a bias")
    return x.dropLast() + [weights[1]]
  }

  func values(_ run: Evaluation) -> [Float] {
    let weights = run.shape(1)
    let shape = ProductShape(
      m: run.output.dropLast().reduce(1, *), n: weights[1], k: weights[0])
    return run.multiply(
      run.floats(0), run.floats(1), shape, packed: run.packed, bias: run.optionalFloats(2))
  }

  func packed(_ weights: [Float], _ shape: [Int]) -> PackedWeights? {
    MatMul().packed(weights, shape)
  }
}

package struct Gemm: Sendable, Equatable {
  package var alpha: Float
  package var beta: Float
  package var transposesA: Bool
  package var transposesB: Bool

  package init(alpha: Float, beta: Float, transposesA: Bool, transposesB: Bool) {
    self.alpha = alpha
    self.beta = beta
    self.transposesA = transposesA
    self.transposesB = transposesB
  }
}

extension Gemm: FloatOperator {
  var attributes: [String] {
    (alpha == 1 ? [] : ["alpha \(alpha)"]) + (beta == 1 ? [] : ["beta \(beta)"])
      + (transposesA ? ["transposes a"] : []) + (transposesB ? ["transposes b"] : [])
  }
  var arity: ClosedRange<Int> { 2...3 }

  func outputShape(_ operands: Operands) throws(GraphError) -> [Int] {
    try operands.expectElements()
    let (a, b) = (try operands[0].shape, try operands[1].shape)
    try operands.expect(a.count == 2 && b.count == 2, "two matrices")
    let (rows, inner) = transposesA ? (a[1], a[0]) : (a[0], a[1])
    let (depth, columns) = transposesB ? (b[1], b[0]) : (b[0], b[1])
    try operands.expect(inner == depth, "equal inner dimensions, not \(inner) and \(depth)")
    if let c = operands.optional(2)?.shape {
      try operands.expect(
        Shapes.broadcast(c, [rows, columns]) == [rows, columns],
        "c that broadcasts to [\(rows), \(columns)]")
    }
    return [rows, columns]
  }

  func values(_ run: Evaluation) throws(GraphError) -> [Float] {
    let output = run.output
    let shape = ProductShape(
      m: output[0], n: output[1], k: run.shape(0)[transposesA ? 0 : 1], transposesA: transposesA,
      transposesB: transposesB)
    var result = run.multiply(run.floats(0), run.floats(1), shape, packed: run.packed)
    if alpha != 1 { result = result.map { $0 * alpha } }
    guard var c = run.optional(2) else { return result }
    if beta != 1 { c = try run.apply(.binary(.multiply), c, Tensor(shape: [], [beta])) }
    return try run.apply(.binary(.add), Tensor(shape: output, result), c).floats ?? []
  }

  func packed(_ weights: [Float], _ shape: [Int]) -> PackedWeights? {
    let (k, n) = transposesB ? (shape[1], shape[0]) : (shape[0], shape[1])
    return .columns(weights, ProductShape(m: 0, n: n, k: k, transposesB: transposesB))
  }
}

/// The sizes of a product `[m, k] [k, n]` and how its operands lie in memory.
struct ProductShape {
  var m: Int
  var n: Int
  var k: Int
  var transposesA = false
  var transposesB = false

  /// The whole of A, in panels.
  fileprivate func packA(_ base: UnsafePointer<Float>, _ panels: UnsafeMutablePointer<Float>) {
    swiftlet_float_pack_a(panels, base, transposesA ? 1 : k, transposesA ? m : 1, m, k)
  }

  /// The panel of B that starts at a column.
  func packB(_ base: UnsafePointer<Float>, first: Int, _ panel: UnsafeMutablePointer<Float>) {
    let columnStride = transposesB ? k : 1
    swiftlet_float_pack_b(
      panel, base + first * columnStride, transposesB ? 1 : n, columnStride,
      min(PackedWeights.panelWidth, n - first), k)
  }

  fileprivate var rowsSize: Int { PackedWeights.rowsSize(m: m, k: k) }
}

extension Evaluation {
  /// `result[batch] = a[batch] b[batch] + bias`, batches given by the numbers of the matrices they
  /// multiply.
  func multiply(
    _ left: [Float], _ right: [Float], _ shape: ProductShape,
    batches: [(a: Int, b: Int)] = [(0, 0)],
    packed: PackedWeights? = nil, bias: [Float]? = nil
  ) -> [Float] {
    let (m, n, k) = (shape.m, shape.n, shape.k)
    let panels = PackedWeights.panels(n)
    let panelSize = PackedWeights.panelWidth * k
    let kernels = kernels
    let lastA = batches.map(\.a).max() ?? 0
    return workspace.filled(batches.count * m * n) { result in
      workspace.withScratch((lastA + 1) * shape.rowsSize + workspace.threads * panelSize) { rows in
        let scratch = rows + (lastA + 1) * shape.rowsSize
        left.withUnsafeBufferPointer { left in
          guard let base = left.baseAddress else { return }
          workspace.parallel(lastA + 1) { _, range in
            for index in range {
              shape.packA(base + index * m * k, rows + index * shape.rowsSize)
            }
          }
        }
        workspace.parallel(batches.count * panels) { thread, range in
          for item in range {
            let (batch, first) = (item / panels, item % panels * PackedWeights.panelWidth)
            let out = result + batch * m * n + first
            let a = rows + batches[batch].a * shape.rowsSize
            let columns = min(PackedWeights.panelWidth, n - first)
            withOptional(bias, first) { bias in
              if let packed {
                packed.withBatch(0) { b in
                  kernels.gemm(out, n, m, columns, k, a, b + first * k, nil, bias)
                }
                return
              }
              right.withUnsafeBufferPointer { right in
                guard let base = right.baseAddress else { return }
                let panel = scratch + thread * panelSize
                shape.packB(base + batches[batch].b * k * n, first: first, panel)
                kernels.gemm(out, n, m, columns, k, a, panel, nil, bias)
              }
            }
          }
        }
      }
    }
  }
}

extension Shapes {
  /// The numbers of the matrices that two batch shapes, broadcast, multiply.
  static func pairs(
    _ a: ArraySlice<Int>, _ b: ArraySlice<Int>
  ) -> [(a: Int, b: Int)] {
    let (a, b) = (Array(a), Array(b))
    let target = broadcast(a, b) ?? []
    return zip(places(a, broadcastTo: target), places(b, broadcastTo: target))
      .map { (a: $0, b: $1) }
  }
}
