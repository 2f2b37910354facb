internal import CSwiftletFloat

struct Attention: FloatOperator {
  let scale: Float

  var attributes: [String] { ["scale \(scale)"] }
  var arity: ClosedRange<Int> { 3...4 }

  func outputShape(_ operands: Operands) throws(GraphError) -> [Int] {
    try operands.expectElements()
    let (query, key) = (try operands[0].shape, try operands[1].shape)
    let value = try operands[2].shape
    try operands.expect(
      query.count >= 2 && key.count >= 2 && value.count >= 2 && query.last == key.last
        && key[key.count - 2] == value[value.count - 2],
      "query [..., N, d], key [..., M, d], value [..., M, e]")
    let lead = try operands.broadcast(
      try operands.broadcast(query.dropLast(2), key.dropLast(2)), value.dropLast(2))
    let rows = query[query.count - 2]
    if let bias = operands.optional(3)?.shape {
      let logits = lead + [rows, key[key.count - 2]]
      try operands.expect(
        Shapes.broadcast(bias, logits) == logits, "a bias that broadcasts to \(logits)")
    }
    return lead + [rows, value[value.count - 1]]
  }

  func values(_ run: Evaluation) throws(GraphError) -> [Float] {
    let (query, key, value) = (run.shape(0), run.shape(1), run.shape(2))
    let (rows, keys, depth) = (query[query.count - 2], key[key.count - 2], key[key.count - 1])
    let lead = Shapes.broadcast(query.dropLast(2), key.dropLast(2)) ?? []
    var logits = run.multiply(
      run.floats(0), run.floats(1), ProductShape(m: rows, n: keys, k: depth, transposesB: true),
      batches: Shapes.pairs(query.dropLast(2), key.dropLast(2)))
    run.scaleInPlace(&logits, by: scale)
    if let bias = run.optional(3) {
      let sum = try run.apply(
        .binary(.add), Tensor(shape: lead + [rows, keys], logits), bias)
      run.workspace.recycle(logits)
      logits = sum.floats ?? []
    }
    run.softmaxInPlace(&logits, rows: logits.count / keys, count: keys)
    let product = ProductShape(m: rows, n: value[value.count - 1], k: keys)
    let result = run.multiply(
      logits, run.floats(2), product, batches: Shapes.pairs(lead[...], value.dropLast(2)))
    run.workspace.recycle(logits)
    return result
  }
}

extension Evaluation {
  fileprivate func scaleInPlace(_ values: inout [Float], by scale: Float) {
    let kernels = kernels
    values.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      workspace.parallel(buffer.count, grain: 1 << 14) { _, range in
        kernels.affine(base + range.lowerBound, base + range.lowerBound, scale, 0, range.count)
      }
    }
  }

  fileprivate func softmaxInPlace(_ values: inout [Float], rows: Int, count: Int) {
    let kernels = kernels
    values.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      workspace.parallel(rows, grain: max(1, 1 << 12 / count)) { _, range in
        for index in range {
          let row = base + index * count
          // A mask that leaves a query nothing leaves it zeros (ONNX, Attention).
          if (0..<count).allSatisfy({ row[$0] == -.infinity }) {
            row.update(repeating: 0, count: count)
          } else {
            kernels.softmax(row, row, 1, count)
          }
        }
      }
    }
  }
}
