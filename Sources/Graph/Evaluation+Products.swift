internal import CSwiftletFloat

/// A matrix inside a buffer.
private struct Matrix {
  var base: UnsafePointer<Float>
  var rowStride: Int
  var columnStride: Int

  func at(_ offset: Int) -> Matrix {
    Matrix(base: base + offset, rowStride: rowStride, columnStride: columnStride)
  }

  func packRows(_ panels: UnsafeMutablePointer<Float>, m: Int, k: Int) {
    swiftlet_float_pack_a(panels, base, rowStride, columnStride, m, k)
  }

  func packColumns(_ panel: UnsafeMutablePointer<Float>, first: Int, n: Int, k: Int) {
    swiftlet_float_pack_b(
      panel, base + first * columnStride, rowStride, columnStride,
      min(PackedWeights.panelWidth, n - first),
      k)
  }
}

/// The sizes of a product `[m, k] [k, n]` and how its operands lie in memory.
private struct ProductShape {
  var m: Int
  var n: Int
  var k: Int
  var transposesA = false
  var transposesB = false

  func a(_ base: UnsafePointer<Float>) -> Matrix {
    Matrix(base: base, rowStride: transposesA ? 1 : k, columnStride: transposesA ? m : 1)
  }

  func b(_ base: UnsafePointer<Float>) -> Matrix {
    Matrix(base: base, rowStride: transposesB ? 1 : n, columnStride: transposesB ? k : 1)
  }

  var aSize: Int { m * k }
  var bSize: Int { k * n }
  var rowsSize: Int { PackedWeights.rowsSize(m: m, k: k) }
}

extension Evaluation {
  func product(_ output: [Int]) throws(GraphError) -> [Float] {
    switch op {
    case .matMul: return matMul(output)
    case .linear:
      let weights = shape(1)
      let rows = ProductShape(m: output.dropLast().reduce(1, *), n: weights[1], k: weights[0])
      return multiply(
        floats(0), floats(1), rows, batches: [(0, 0)], packed: packed, bias: optionalFloats(2))
    case .gemm(let gemm): return try self.gemm(gemm, output)
    case .attention(let scale): return try attention(scale, output)
    case .einsum(let equation): return try einsum(equation, output)
    default: preconditionFailure("not a product: \(op)")
    }
  }

  /// `result[batch] = a[batch] b[batch] + bias`, batches given by the numbers of the matrices they
  /// multiply.
  private func multiply(
    _ left: [Float], _ right: [Float], _ shape: ProductShape, batches: [(a: Int, b: Int)],
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
              shape.a(base + index * shape.aSize).packRows(
                rows + index * shape.rowsSize, m: m, k: k)
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
                shape.b(base + batches[batch].b * shape.bSize).packColumns(
                  panel, first: first, n: n, k: k)
                kernels.gemm(out, n, m, columns, k, a, panel, nil, bias)
              }
            }
          }
        }
      }
    }
  }

  private func matMul(_ output: [Int]) -> [Float] {
    let (a, b) = (shape(0), shape(1))
    let left = a.count == 1 ? [1] + a : a
    let right = b.count == 1 ? b + [1] : b
    var shape = ProductShape(
      m: left[left.count - 2], n: right[right.count - 1], k: left[left.count - 1])
    if right.count == 2 {
      shape.m = left.dropLast().reduce(1, *)
      return multiply(floats(0), floats(1), shape, batches: [(0, 0)], packed: packed)
    }
    let batches = Shapes.pairs(left.dropLast(2), right.dropLast(2))
    return multiply(floats(0), floats(1), shape, batches: batches)
  }

  private func gemm(_ gemm: Gemm, _ output: [Int]) throws(GraphError) -> [Float] {
    let depth = gemm.transposesA ? shape(0)[0] : shape(0)[1]
    let product = ProductShape(
      m: output[0], n: output[1], k: depth, transposesA: gemm.transposesA,
      transposesB: gemm.transposesB)
    var result = multiply(floats(0), floats(1), product, batches: [(0, 0)], packed: packed)
    if gemm.alpha != 1 { result = result.map { $0 * gemm.alpha } }
    guard var c = optional(2) else { return result }
    if gemm.beta != 1 { c = try apply(.binary(.multiply), c, Tensor(shape: [], [gemm.beta])) }
    let sum = try apply(.binary(.add), Tensor(shape: output, result), c)
    return sum.floats ?? []
  }

  private func attention(_ scale: Float, _ output: [Int]) throws(GraphError) -> [Float] {
    let (query, key, value) = (shape(0), shape(1), shape(2))
    let (rows, keys, depth) = (query[query.count - 2], key[key.count - 2], key[key.count - 1])
    let lead = Shapes.broadcast(query.dropLast(2), key.dropLast(2)) ?? []
    let logitsShape = lead + [rows, keys]
    var logits = multiply(
      floats(0), floats(1), ProductShape(m: rows, n: keys, k: depth, transposesB: true),
      batches: Shapes.pairs(query.dropLast(2), key.dropLast(2)))
    scaleInPlace(&logits, by: scale)
    if let bias = optional(3) {
      let sum = try apply(.binary(.add), Tensor(shape: logitsShape, logits), bias)
      workspace.recycle(logits)
      logits = sum.floats ?? []
    }
    softmaxInPlace(&logits, rows: logits.count / keys, count: keys)
    let product = ProductShape(m: rows, n: value[value.count - 1], k: keys)
    let result = multiply(
      logits, floats(2), product, batches: Shapes.pairs(lead[...], value.dropLast(2)))
    workspace.recycle(logits)
    return result
  }

  private func scaleInPlace(_ values: inout [Float], by scale: Float) {
    let kernels = kernels
    values.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      workspace.parallel(buffer.count, grain: 1 << 14) { _, range in
        kernels.affine(base + range.lowerBound, base + range.lowerBound, scale, 0, range.count)
      }
    }
  }

  private func softmaxInPlace(_ values: inout [Float], rows: Int, count: Int) {
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

extension Shapes {
  /// The numbers of the matrices that two batch shapes, broadcast, multiply.
  fileprivate static func pairs(
    _ a: ArraySlice<Int>, _ b: ArraySlice<Int>
  ) -> [(a: Int, b: Int)] {
    let (a, b) = (Array(a), Array(b))
    let target = broadcast(a, b) ?? []
    return zip(places(a, broadcastTo: target), places(b, broadcastTo: target))
      .map { (a: $0, b: $1) }
  }

  /// For every index of `target`, in order, the number of the element of `shape` that is broadcast
  /// to it.
  static func places(_ shape: [Int], broadcastTo target: [Int]) -> [Int] {
    zip(target, strides(shape, broadcastTo: target)).reduce([0]) { places, axis in
      places.flatMap { place in (0..<axis.0).map { place + $0 * axis.1 } }
    }
  }
}
