/// Operators that only ever meet constants.

/// Its shape depends on the values of its operands.
struct Arange: OperatorBody {
  var name: String { "range" }
  var arity: ClosedRange<Int> { 3...3 }

  func infer(_ operands: Operands) throws(GraphError) -> [ValueInfo] {
    let scalars = try operands.values()
    let type = scalars[0].elementType
    try operands.expect(scalars.allSatisfy { $0.count == 1 }, "scalars: start, limit and step")
    try operands.expect(
      type != .bool && scalars.allSatisfy { $0.elementType == type }, "numbers of one element type")
    let values = scalars.map { $0.floats?.map(Double.init) ?? $0.integers?.map(Double.init) ?? [] }
    let (start, limit, step) = (values[0][0], values[1][0], values[2][0])
    let count = ((limit - start) / step).rounded(.up)
    try operands.expect(
      step != 0 && count.isFinite && count <= Double(ValueInfo.maximumCount),
      "a step that ends after at most \(ValueInfo.maximumCount) elements")
    return [ValueInfo(shape: [Int(max(0, count))], elementType: type)]
  }

  func evaluate(_ run: Evaluation) -> [Tensor.Storage] {
    let places = 0..<run.outputs[0].count
    if let start = run.tensor(0).floats?[0], let step = run.tensor(2).floats?[0] {
      return [.float(places.map { start + Float($0) * step })]
    }
    let (start, step) = (run.integers(0)[0], run.integers(2)[0])
    return [.int(places.map { Int64(start &+ $0 &* step) })]
  }
}

/// The indices of the elements that are not 0, `[rank, how many]`.
struct NonZero: OperatorBody {
  func infer(_ operands: Operands) throws(GraphError) -> [ValueInfo] {
    let x = try operands.values()[0]
    return [ValueInfo(shape: [x.shape.count, places(x).count], elementType: .int)]
  }

  func evaluate(_ run: Evaluation) -> [Tensor.Storage] {
    let (shape, places) = (run.shape(0), places(run.tensor(0)))
    let strides = Shapes.strides(shape)
    return [
      .int(
        shape.indices.flatMap { axis in
          places.map { Int64($0 / strides[axis] % shape[axis]) }
        })
    ]
  }

  private func places(_ x: Tensor) -> [Int] {
    x.floats.map { floats in floats.indices.filter { floats[$0] != 0 } }
      ?? x.integers.map { integers in integers.indices.filter { integers[$0] != 0 } } ?? []
  }
}

struct CumulativeSum: OperatorBody {
  let exclusive: Bool
  let reverse: Bool

  var attributes: [String] { (exclusive ? ["exclusive"] : []) + (reverse ? ["reverse"] : []) }
  var arity: ClosedRange<Int> { 2...2 }

  func infer(_ operands: Operands) throws(GraphError) -> [ValueInfo] { [try operands[0]] }

  func evaluate(_ run: Evaluation) throws(GraphError) -> [Tensor.Storage] {
    let shape = run.shape(0)
    let rank = shape.count
    let axes = run.optional(1)?.integers ?? []
    try run.operands.expect(
      axes.count == 1 && (-rank..<max(rank, 0)).contains(axes[0]), "an axis in -\(rank)..<\(rank)")
    let axis = axes[0] < 0 ? axes[0] + rank : axes[0]
    let layout = Shapes.split(shape, at: axis...axis)
    switch run.tensor(0).storage {
    case .float(let x): return [.float(running(x, layout, zero: 0, +))]
    case .int(let x): return [.int(running(x, layout, zero: 0, &+))]
    case .bool: throw run.operands.error("numbers")
    }
  }

  private func running<Element>(
    _ x: [Element], _ layout: (outer: Int, count: Int, inner: Int), zero: Element,
    _ add: (Element, Element) -> Element
  ) -> [Element] {
    let (outer, count, inner) = layout
    var result = x
    for row in 0..<outer {
      for column in 0..<inner {
        var sum = zero
        for step in 0..<count {
          let index = reverse ? count - 1 - step : step
          let place = (row * count + index) * inner + column
          let next = add(sum, x[place])
          result[place] = exclusive ? sum : next
          sum = next
        }
      }
    }
    return result
  }
}

/// The elements on one side of a diagonal, column >= row + offset or <=, and zeros; operand 1 is the
/// offset.
struct Triangle: OperatorBody {
  let upper: Bool

  var attributes: [String] { [upper ? "upper" : "lower"] }
  var arity: ClosedRange<Int> { 1...2 }

  func infer(_ operands: Operands) throws(GraphError) -> [ValueInfo] {
    try operands.expect(try operands[0].shape.count >= 2, "rank 2 or more")
    if let offset = operands.optional(1) {
      try operands.expect(
        offset.elementType == .int && offset.count == 1, "an integer offset")
    }
    return [try operands[0]]
  }

  func evaluate(_ run: Evaluation) -> [Tensor.Storage] {
    let size = run.shape(0).suffix(2)
    let (rows, columns) = (size[size.startIndex], size[size.startIndex + 1])
    let offset = run.optional(1)?.integers?.first ?? 0
    func side<Element>(_ x: [Element], zero: Element) -> [Element] {
      x.indices.map { place in
        let difference = place % columns - place / columns % rows
        return (upper ? difference >= offset : difference <= offset) ? x[place] : zero
      }
    }
    return switch run.tensor(0).storage {
    case .float(let x): [.float(side(x, zero: 0))]
    case .int(let x): [.int(side(x, zero: 0))]
    case .bool(let x): [.bool(side(x, zero: false))]
    }
  }
}

extension Operands {
  /// The operands themselves, for what has no shape without them.
  fileprivate func values() throws(GraphError) -> [Tensor] {
    guard let tensors else {
      throw error("constant operands: the shape depends on their values")
    }
    return tensors.compactMap { $0 }
  }
}
