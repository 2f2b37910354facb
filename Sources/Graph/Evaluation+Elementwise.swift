internal import CSwiftletFloat

extension Evaluation {
  func elementwise(_ info: ValueInfo) throws(GraphError) -> Tensor.Storage {
    switch op {
    case .unary(let unary): return try unaryStorage(unary)
    case .binary(let binary): return try binaryStorage(binary, info.shape)
    case .compare(let comparison): return .bool(compare(comparison, info.shape))
    case .select: return select(info.shape)
    case .cast(let type): return cast(type)
    default: preconditionFailure("not element-wise: \(op)")
    }
  }

  // MARK: - One operand

  private func unaryStorage(_ unary: Unary) throws(GraphError) -> Tensor.Storage {
    switch tensor(0).storage {
    case .float(let x):
      return .float(
        workspace.filled(x.count) { out in
          x.withUnsafeBufferPointer { x in
            guard let base = x.baseAddress else { return }
            workspace.parallel(x.count, grain: 1 << 14) { _, range in
              unary.apply(
                kernels, base + range.lowerBound, out + range.lowerBound, range.count)
            }
          }
        })
    case .int(let x):
      return .int(try x.map { (value) throws(GraphError) in try integer(unary, value) })
    case .bool(let x): return .bool(x.map { !$0 })
    }
  }

  private func integer(_ unary: Unary, _ x: Int64) throws(GraphError) -> Int64 {
    switch unary {
    case .relu: max(x, 0)
    case .absolute: x < 0 ? 0 &- x : x
    case .negate: 0 &- x
    case .sign: x.signum()
    case .clip(let low, let high): min(max(x, Int64(saturating: low)), Int64(saturating: high))
    default: throw operands.error("a float operand")
    }
  }

  private func cast(_ type: ElementType) -> Tensor.Storage {
    switch (tensor(0).storage, type) {
    case (let storage, type) where storage.elementType == type: storage
    case (.float(let x), .int): .int(x.map { Int64(saturating: $0) })
    case (.float(let x), .bool): .bool(x.map { $0 != 0 })
    case (.int(let x), .float): .float(x.map { Float($0) })
    case (.int(let x), .bool): .bool(x.map { $0 != 0 })
    case (.bool(let x), .float): .float(x.map { $0 ? 1 : 0 })
    case (.bool(let x), .int): .int(x.map { $0 ? 1 : 0 })
    case (let storage, _): storage
    }
  }

  // MARK: - Several operands

  private func binaryStorage(_ binary: Binary, _ shape: [Int]) throws(GraphError) -> Tensor.Storage
  {
    switch (tensor(0).storage, tensor(1).storage) {
    case (.float(let a), .float(let b)):
      if let kind = binary.kernel { return .float(combine(a, b, kind, shape)) }
      return .float(
        binary == .power ? power(a, b, shape) : mapped(a, b, shape, swiftlet_float_modulo))
    case (.int(let a), .int(let b)):
      if binary == .divide || binary == .modulo, b.contains(0) {
        throw operands.error("integers that are not divided by 0")
      }
      return .int(mapped(a, b, shape) { binary.integer($0, $1) })
    case (.bool(let a), .bool(let b)):
      return .bool(mapped(a, b, shape) { binary == .and ? $0 && $1 : $0 || $1 })
    default: throw operands.error("operands of one element type")
    }
  }

  private func power(_ a: [Float], _ b: [Float], _ shape: [Int]) -> [Float] {
    if b.count == 1 {
      if b[0] == 2 { return combine(a, a, SWIFTLET_FLOAT_MULTIPLY, self.shape(0), output: shape) }
      if b[0] == 0.5 { return a.map { $0.squareRoot() } }
    }
    return mapped(a, b, shape, swiftlet_float_power)
  }

  /// The operands combined by a kernel, row by row of the broadcast.
  private func combine(
    _ a: [Float], _ b: [Float], _ kind: swiftlet_float_binary, _ shape: [Int],
    output: [Int]? = nil
  ) -> [Float] {
    let second = output == nil ? self.shape(1) : self.shape(0)
    let rows = BroadcastRows(shape, self.shape(0), second)
    let kernels = kernels
    return workspace.filled(shape.reduce(1, *)) { out in
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          guard let a = a.baseAddress, let b = b.baseAddress else { return }
          if rows.count == 1 {
            workspace.parallel(rows.length, grain: 1 << 14) { _, range in
              let first = range.lowerBound
              kernels.binary(
                kind, out + first, a + first * rows.steps.0, rows.steps.0,
                b + first * rows.steps.1, rows.steps.1, range.count)
            }
          } else {
            workspace.parallel(rows.count, grain: max(1, 1 << 14 / rows.length)) { _, range in
              rows.forEach(range) { row, first, second in
                kernels.binary(
                  kind, out + row * rows.length, a + first, rows.steps.0, b + second,
                  rows.steps.1, rows.length)
              }
            }
          }
        }
      }
    }
  }

  /// The operands combined by a function.
  private func mapped<A, B, Result>(
    _ a: [A], _ b: [B], _ shape: [Int], first: Int = 0, second: Int = 1,
    _ combine: (A, B) -> Result
  ) -> [Result] {
    let rows = BroadcastRows(shape, self.shape(first), self.shape(second))
    var result: [Result] = []
    result.reserveCapacity(rows.count * rows.length)
    rows.forEach(0..<rows.count) { _, first, second in
      for index in 0..<rows.length {
        result.append(combine(a[first + index * rows.steps.0], b[second + index * rows.steps.1]))
      }
    }
    return result
  }

  private func compare(_ comparison: Comparison, _ shape: [Int]) -> [Bool] {
    switch (tensor(0).storage, tensor(1).storage) {
    case (.float(let a), .float(let b)): mapped(a, b, shape) { comparison.holds($0, $1) }
    case (.int(let a), .int(let b)): mapped(a, b, shape) { comparison.holds($0, $1) }
    case (.bool(let a), .bool(let b)): mapped(a, b, shape) { $0 == $1 }
    default: preconditionFailure("inference wants operands of one element type")
    }
  }

  private func select(_ shape: [Int]) -> Tensor.Storage {
    let conditions = Shapes.places(self.shape(0), broadcastTo: shape)
    let (first, second) = (
      Shapes.places(self.shape(1), broadcastTo: shape),
      Shapes.places(self.shape(2), broadcastTo: shape)
    )
    let condition = integers(0)
    func choose<Element>(_ a: [Element], _ b: [Element]) -> [Element] {
      conditions.indices.map { condition[conditions[$0]] != 0 ? a[first[$0]] : b[second[$0]] }
    }
    switch (tensor(1).storage, tensor(2).storage) {
    case (.float(let a), .float(let b)): return .float(choose(a, b))
    case (.int(let a), .int(let b)): return .int(choose(a, b))
    case (.bool(let a), .bool(let b)): return .bool(choose(a, b))
    default: preconditionFailure("inference wants branches of one element type")
    }
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
