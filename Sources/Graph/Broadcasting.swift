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

  /// The dimensions before the axes, those axes, and those after them, each as one product.
  static func split(
    _ shape: [Int], at axes: ClosedRange<Int>
  ) -> (outer: Int, count: Int, inner: Int) {
    let inner = shape[(axes.upperBound + 1)...].reduce(1, *)
    return (shape[..<axes.lowerBound].reduce(1, *), shape[axes].reduce(1, *), inner)
  }

  /// For every index of `target`, in order, the number of the element of `shape` that is broadcast
  /// to it.
  static func places(_ shape: [Int], broadcastTo target: [Int]) -> [Int] {
    zip(target, strides(shape, broadcastTo: target)).reduce([0]) { places, axis in
      places.flatMap { place in (0..<axis.0).map { place + $0 * axis.1 } }
    }
  }

  /// Where the element of the given indices lies.
  static func offset(_ indices: [Int], _ strides: [Int]) -> Int {
    zip(indices, strides).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

/// A broadcast of two operands as rows of one length, in which each operand is walked over or
/// repeated.
struct BroadcastRows {
  private var outer: [Int] = []
  private var strides: [(Int, Int)] = []
  let length: Int
  /// 1 where the operand is walked over, 0 where its element is repeated.
  let steps: (Int, Int)

  init(_ shape: [Int], _ a: [Int], _ b: [Int]) {
    var merged: [(count: Int, a: Int, b: Int)] = []
    let pairs = zip(Shapes.strides(a, broadcastTo: shape), Shapes.strides(b, broadcastTo: shape))
    for (count, (x, y)) in zip(shape, pairs) where count != 1 {
      if let last = merged.last, last.a == x * count, last.b == y * count {
        merged[merged.count - 1] = (last.count * count, x, y)
      } else {
        merged.append((count, x, y))
      }
    }
    let inner = merged.popLast() ?? (1, 0, 0)
    length = inner.count
    steps = (inner.a, inner.b)
    outer = merged.map(\.count)
    strides = merged.map { ($0.a, $0.b) }
  }

  var count: Int { outer.reduce(1, *) }

  /// Calls `body` with each row and where it starts in the operands.
  func forEach(_ range: Range<Int>, _ body: (Int, Int, Int) -> Void) {
    for row in range {
      var (rest, a, b) = (row, 0, 0)
      for axis in outer.indices.reversed() {
        let (quotient, index) = rest.quotientAndRemainder(dividingBy: outer[axis])
        a += index * strides[axis].0
        b += index * strides[axis].1
        rest = quotient
      }
      body(row, a, b)
    }
  }
}

extension Evaluation {
  /// Two operands, broadcast, combined by a function.
  func mapped<A, B, Result>(
    _ a: [A], _ b: [B], _ combine: (A, B) -> Result
  ) -> [Result] {
    let rows = BroadcastRows(output, shape(0), shape(1))
    var result: [Result] = []
    result.reserveCapacity(rows.count * rows.length)
    rows.forEach(0..<rows.count) { _, first, second in
      for index in 0..<rows.length {
        result.append(combine(a[first + index * rows.steps.0], b[second + index * rows.steps.1]))
      }
    }
    return result
  }
}
