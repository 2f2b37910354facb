/// Operators that only ever meet constants.
extension Evaluation {
  /// `range` and `nonZero`, whose shapes depend on values.
  func valueDependent() throws(GraphError) -> Tensor {
    switch op {
    case .range: return try range()
    case .nonZero: return nonZero()
    default: preconditionFailure("not value-dependent: \(op)")
    }
  }

  private func range() throws(GraphError) -> Tensor {
    for index in 0..<3 {
      try operands.expect(tensor(index).count == 1, "scalars: start, limit and step")
    }
    switch (tensor(0).storage, tensor(1).storage, tensor(2).storage) {
    case (.int(let start), .int(let limit), .int(let step)):
      let count = try rangeCount(Double(start[0]), Double(limit[0]), Double(step[0]))
      return Tensor(
        shape: [count], .int((0..<count).map { start[0] &+ Int64($0) &* step[0] }))
    case (.float(let start), .float(let limit), .float(let step)):
      let count = try rangeCount(Double(start[0]), Double(limit[0]), Double(step[0]))
      return Tensor(shape: [count], (0..<count).map { start[0] + Float($0) * step[0] })
    default: throw operands.error("numbers of one element type")
    }
  }

  private func rangeCount(
    _ start: Double, _ limit: Double, _ step: Double
  ) throws(GraphError) -> Int {
    let count = ((limit - start) / step).rounded(.up)
    try operands.expect(
      step != 0 && count.isFinite && count <= Double(ValueInfo.maximumCount),
      "a step that ends after at most \(ValueInfo.maximumCount) elements")
    return max(0, Int(count))
  }

  private func nonZero() -> Tensor {
    let x = tensor(0)
    let strides = Shapes.strides(x.shape)
    let places =
      x.floats.map { floats in floats.indices.filter { floats[$0] != 0 } }
      ?? integers(0).enumerated().filter { $0.element != 0 }.map(\.offset)
    let indices = x.shape.indices.flatMap { axis in
      places.map { Int64($0 / strides[axis] % x.shape[axis]) }
    }
    return Tensor(shape: [x.shape.count, places.count], .int(indices))
  }

  /// `cumulativeSum` and `triangle`.
  func scan() throws(GraphError) -> Tensor.Storage {
    switch op {
    case .cumulativeSum(let exclusive, let reverse):
      let rank = shape(0).count
      let axes = optional(1)?.integers ?? []
      try operands.expect(
        axes.count == 1 && (-rank..<max(rank, 0)).contains(axes[0]), "an axis in -\(rank)..<\(rank)"
      )
      let axis = axes[0] < 0 ? axes[0] + rank : axes[0]
      switch tensor(0).storage {
      case .float(let x):
        return .float(running(x, axis, exclusive: exclusive, reverse: reverse, zero: 0, +))
      case .int(let x):
        return .int(running(x, axis, exclusive: exclusive, reverse: reverse, zero: 0, &+))
      case .bool: throw operands.error("numbers")
      }
    case .triangle(let upper):
      switch tensor(0).storage {
      case .float(let x): return .float(triangle(x, upper: upper, zero: 0))
      case .int(let x): return .int(triangle(x, upper: upper, zero: 0))
      case .bool(let x): return .bool(triangle(x, upper: upper, zero: false))
      }
    default: preconditionFailure("not a scan: \(op)")
    }
  }

  private func running<Element>(
    _ x: [Element], _ axis: Int, exclusive: Bool, reverse: Bool, zero: Element,
    _ add: (Element, Element) -> Element
  ) -> [Element] {
    let (outer, count, inner) = Shapes.split(shape(0), at: axis)
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

  /// The elements on one side of a diagonal: column >= row + offset, or <=.
  private func triangle<Element>(_ x: [Element], upper: Bool, zero: Element) -> [Element] {
    let shape = shape(0)
    let (rows, columns) = (shape[shape.count - 2], shape[shape.count - 1])
    let offset = optional(1)?.integers?.first ?? 0
    return x.indices.map { place in
      let (row, column) = (place / columns % rows, place % columns)
      let difference = column - row
      return (upper ? difference >= offset : difference <= offset) ? x[place] : zero
    }
  }
}
