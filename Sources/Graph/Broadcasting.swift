/// Shape arithmetic shared by inference and evaluation.
package enum Shapes {
  /// The shape both broadcast to by NumPy's rule, or nil where they do not.
  package static func broadcast(_ a: [Int], _ b: [Int]) -> [Int]? {
    let rank = max(a.count, b.count)
    var shape = [Int](repeating: 1, count: rank)
    for axis in 0..<rank {
      let x = axis < rank - a.count ? 1 : a[axis - (rank - a.count)]
      let y = axis < rank - b.count ? 1 : b[axis - (rank - b.count)]
      guard x == y || x == 1 || y == 1 else { return nil }
      shape[axis] = x == 1 ? y : x
    }
    return shape
  }

  /// Row-major strides, in elements.
  package static func strides(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    var product = 1
    for axis in shape.indices.reversed() {
      strides[axis] = product
      product *= max(shape[axis], 1)
    }
    return strides
  }

  /// The strides that read `shape` as if it were `target`, 0 where it is repeated.
  package static func strides(_ shape: [Int], broadcastTo target: [Int]) -> [Int] {
    let own = strides(shape)
    let lead = target.count - shape.count
    return target.indices.map { axis in
      axis < lead || (shape[axis - lead] == 1 && target[axis] != 1) ? 0 : own[axis - lead]
    }
  }

  /// The product of the dimensions, or nil where one is negative or the product exceeds what a
  /// tensor may hold.
  package static func count(_ shape: [Int]) -> Int? {
    var product = 1
    var hasZero = false
    for dimension in shape {
      guard dimension >= 0 else { return nil }
      if dimension == 0 {
        hasZero = true
        continue
      }
      let (next, overflow) = product.multipliedReportingOverflow(by: dimension)
      guard !overflow, next <= ValueInfo.maximumCount else { return nil }
      product = next
    }
    return hasZero ? 0 : product
  }

  /// The dimensions before `axis`, that axis, and those after it, each as one product.
  package static func split(_ shape: [Int], at axis: Int) -> (outer: Int, count: Int, inner: Int) {
    (
      shape[..<axis].reduce(1, *), axis < shape.count ? shape[axis] : 1,
      axis < shape.count ? shape[(axis + 1)...].reduce(1, *) : 1
    )
  }
}
