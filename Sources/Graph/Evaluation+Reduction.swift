internal import CSwiftletFloat

extension Evaluation {
  func reduction(_ info: ValueInfo) throws(GraphError) -> Tensor.Storage {
    switch op {
    case .argMax(let axis, _): return .int(try largest(axis))
    case .reduce(let reduction, let axes, _):
      let (tensor, layout) = try reducible(axes)
      switch tensor.storage {
      case .float(let x): return .float(reduce(reduction, x, layout))
      case .int(let x): return .int(reduce(reduction, x, layout))
      case .bool: preconditionFailure("inference wants numbers")
      }
    default: preconditionFailure("not a reduction: \(op)")
    }
  }

  /// The operand with its reduced axes in one run, and the sizes before, of and after it.
  private func reducible(
    _ axes: [Int]
  ) throws(GraphError) -> (Tensor, (outer: Int, count: Int, inner: Int)) {
    let (x, axes) = (tensor(0), axes.sorted())
    let shape = x.shape
    guard let first = axes.first, let last = axes.last else { return (x, (x.count, 1, 1)) }
    if axes == Array(first...last) {
      return (
        x,
        (
          shape[..<first].reduce(1, *), shape[first...last].reduce(1, *),
          shape[(last + 1)...].reduce(1, *)
        )
      )
    }
    let kept = shape.indices.filter { !axes.contains($0) }
    let moved = try apply(.transpose(permutation: kept + axes), x)
    let count = axes.reduce(1) { $0 * shape[$1] }
    return (moved, (kept.reduce(1) { $0 * shape[$1] }, count, 1))
  }

  private func reduce(
    _ reduction: Reduction, _ x: [Float], _ layout: (outer: Int, count: Int, inner: Int)
  ) -> [Float] {
    let (outer, count, inner) = layout
    let (kernels, kind) = (kernels, reduction.kernel)
    var result = workspace.filled(outer * inner) { out in
      x.withUnsafeBufferPointer { x in
        guard let base = x.baseAddress else { return }
        workspace.parallel(outer, grain: max(1, 1 << 13 / (count * inner))) { _, range in
          for row in range {
            let source = base + row * count * inner
            if inner == 1 {
              out[row] = kernels.reduce(kind, source, count)
            } else {
              let target = out + row * inner
              target.update(repeating: reduction.identity, count: inner)
              for index in 0..<count {
                kernels.accumulate(kind, target, source + index * inner, inner)
              }
            }
          }
        }
      }
    }
    switch reduction {
    case .mean: for index in result.indices { result[index] /= Float(count) }
    case .l2: for index in result.indices { result[index].formSquareRoot() }
    case .sum, .maximum, .minimum, .product: break
    }
    return result
  }

  private func reduce(
    _ reduction: Reduction, _ x: [Int64], _ layout: (outer: Int, count: Int, inner: Int)
  ) -> [Int64] {
    let (outer, count, inner) = layout
    return (0..<outer * inner).map { place in
      let start = place / inner * count * inner + place % inner
      var result = x[start]
      for index in 1..<max(count, 1) {
        let value = x[start + index * inner]
        switch reduction {
        case .mean, .sum, .l2: result = result &+ value
        case .maximum: result = max(result, value)
        case .minimum: result = min(result, value)
        case .product: result = result &* value
        }
      }
      return reduction == .mean ? result / Int64(count) : result
    }
  }

  /// Where along the axis the first largest element is.
  private func largest(_ axis: Int) throws(GraphError) -> [Int64] {
    let (outer, count, inner) = Shapes.split(shape(0), at: axis)
    func search<Element: Comparable>(_ x: [Element]) -> [Int64] {
      (0..<outer * inner).map { place in
        let start = place / inner * count * inner + place % inner
        var best = 0
        for index in 1..<max(count, 1) where x[start + index * inner] > x[start + best * inner] {
          best = index
        }
        return Int64(best)
      }
    }
    return tensor(0).floats.map(search) ?? search(integers(0))
  }
}

extension Reduction {
  fileprivate var kernel: swiftlet_float_reduction {
    switch self {
    case .mean, .sum: SWIFTLET_FLOAT_SUM
    case .l2: SWIFTLET_FLOAT_SUM_OF_SQUARES
    case .maximum: SWIFTLET_FLOAT_LARGEST
    case .minimum: SWIFTLET_FLOAT_SMALLEST
    case .product: SWIFTLET_FLOAT_PRODUCT
    }
  }

  fileprivate var identity: Float {
    switch self {
    case .mean, .sum, .l2: 0
    case .maximum: -.infinity
    case .minimum: .infinity
    case .product: 1
    }
  }
}
