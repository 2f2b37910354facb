internal import CSwiftletFloat

package enum Reduction: Sendable, Equatable {
  case mean, sum, maximum, minimum, product, l2
}

struct Reduce: OperatorBody {
  let reduction: Reduction
  let axes: [Int]
  let keepDimensions: Bool

  var name: String {
    switch reduction {
    case .mean: "reduceMean"
    case .sum: "reduceSum"
    case .maximum: "reduceMaximum"
    case .minimum: "reduceMinimum"
    case .product: "reduceProduct"
    case .l2: "reduceL2"
    }
  }
  var attributes: [String] { ["axes \(axes)"] + (keepDimensions ? ["keep"] : []) }

  func infer(_ operands: Operands) throws(GraphError) -> [ValueInfo] {
    let type = try operands[0].elementType
    try operands.expect(type != .bool, "numbers")
    try operands.expect(reduction != .l2 || type == .float, "floats")
    return try operands.reduced(axes, keeps: keepDimensions, to: type)
  }

  func evaluate(_ run: Evaluation) throws(GraphError) -> [Tensor.Storage] {
    let (tensor, layout) = try reducible(run)
    switch tensor.storage {
    case .float(let x): return [.float(reduce(x, layout, run))]
    case .int(let x): return [.int(reduce(x, layout))]
    case .bool: throw run.operands.error("numbers")
    }
  }

  /// The operand with its reduced axes in one run, and the sizes before, of and after it.
  private func reducible(
    _ run: Evaluation
  ) throws(GraphError) -> (Tensor, (outer: Int, count: Int, inner: Int)) {
    let (x, axes) = (run.tensor(0), axes.sorted())
    let shape = x.shape
    guard let first = axes.first, let last = axes.last else { return (x, (x.count, 1, 1)) }
    if axes == Array(first...last) { return (x, Shapes.split(shape, at: first...last)) }
    let kept = shape.indices.filter { !axes.contains($0) }
    let moved = try run.apply(.transpose(permutation: kept + axes), x)
    let count = axes.reduce(1) { $0 * shape[$1] }
    return (moved, (kept.reduce(1) { $0 * shape[$1] }, count, 1))
  }

  private func reduce(
    _ x: [Float], _ layout: (outer: Int, count: Int, inner: Int), _ run: Evaluation
  ) -> [Float] {
    let (outer, count, inner) = layout
    let (kernels, kind, size) = (run.kernels, reduction.kernel, count * inner)
    var result = run.computed(outer * inner, of: x, in: outer, size: size, grain: 1 << 13) {
      out, x, range in
      for row in range {
        if inner == 1 {
          out[row] = kernels.reduce(kind, x + row * size, count)
        } else {
          let target = out + row * inner
          target.update(repeating: reduction.identity, count: inner)
          for index in 0..<count {
            kernels.accumulate(kind, target, x + row * size + index * inner, inner)
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
    _ x: [Int64], _ layout: (outer: Int, count: Int, inner: Int)
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
}

/// Where along the axis the first largest element is.
struct ArgMax: OperatorBody {
  let axis: Int
  let keepDimensions: Bool

  var attributes: [String] { ["axis \(axis)"] + (keepDimensions ? ["keep"] : []) }

  func infer(_ operands: Operands) throws(GraphError) -> [ValueInfo] {
    try operands.expect(try operands[0].elementType != .bool, "numbers")
    return try operands.reduced([axis], keeps: keepDimensions, to: .int)
  }

  func evaluate(_ run: Evaluation) -> [Tensor.Storage] {
    let (outer, count, inner) = Shapes.split(run.shape(0), at: axis...axis)
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
    return [.int(run.tensor(0).floats.map(search) ?? search(run.integers(0)))]
  }
}

extension Operands {
  /// The shape of operand 0 without the axes, or with 1 in their place.
  fileprivate func reduced(
    _ axes: [Int], keeps: Bool, to type: ElementType
  ) throws(GraphError) -> [ValueInfo] {
    let x = try self[0].shape
    for axis in axes { try expectAxis(axis, rank: x.count) }
    try expect(Set(axes).count == axes.count, "each axis once")
    var shape: [Int] = []
    for (axis, dimension) in x.enumerated() {
      if !axes.contains(axis) {
        shape.append(dimension)
      } else {
        try expect(dimension > 0, "reduced axes that are not empty")
        if keeps { shape.append(1) }
      }
    }
    return [ValueInfo(shape: shape, elementType: type)]
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
