struct Slice: Movement {
  let starts: [Int]
  let steps: [Int]
  let counts: [Int]

  var attributes: [String] {
    ["starts \(starts)"] + (steps.allSatisfy { $0 == 1 } ? [] : ["steps \(steps)"])
      + ["counts \(counts)"]
  }

  func shapes(_ operands: Operands) throws(GraphError) -> [[Int]] {
    let x = try operands[0].shape
    try operands.expect(
      starts.count == x.count && steps.count == x.count && counts.count == x.count,
      "a start, step and count for each of \(x.count) axes")
    for axis in x.indices where counts[axis] != 0 {
      let (span, overflow) = (counts[axis] - 1).multipliedReportingOverflow(by: steps[axis])
      let (last, overflow2) = starts[axis].addingReportingOverflow(span)
      let range = 0..<x[axis]
      try operands.expect(
        counts[axis] > 0 && steps[axis] != 0 && !overflow && !overflow2
          && range.contains(starts[axis]) && range.contains(last),
        "axis \(axis) sliced within 0..<\(x[axis])")
    }
    return [counts]
  }

  func plan(_ operands: MovementOperands) -> MovementPlan {
    let strides = Shapes.strides(operands.x)
    let offset = counts.contains(0) ? 0 : Shapes.offset(starts, strides)
    return operands.whole(counts: counts, from: zip(strides, steps).map { $0 * $1 }, offset: offset)
  }
}

struct Split: Movement {
  let axis: Int
  let sizes: [Int]

  var attributes: [String] { ["axis \(axis)", "sizes \(sizes)"] }

  func shapes(_ operands: Operands) throws(GraphError) -> [[Int]] {
    let x = try operands[0].shape
    try operands.expectAxis(axis, rank: x.count)
    try operands.expect(
      sizes.allSatisfy { $0 >= 0 && $0 <= x[axis] } && sizes.reduce(0, &+) == x[axis],
      "sizes that add up to \(x[axis])")
    return sizes.map { size in
      var part = x
      part[axis] = size
      return part
    }
  }

  func plan(_ operands: MovementOperands) -> MovementPlan {
    operands.parts(operands.outputs, along: axis, of: operands.x) { index, offset, part, whole in
      .init(
        source: 0, destination: index, sourceOffset: offset, counts: operands.outputs[index],
        sourceStrides: whole, destinationStrides: part)
    }
  }
}

struct Concat: Movement {
  let axis: Int

  var attributes: [String] { ["axis \(axis)"] }
  var arity: ClosedRange<Int> { 1...Int.max }

  func shapes(_ operands: Operands) throws(GraphError) -> [[Int]] {
    var shape = try operands[0].shape
    try operands.expectAxis(axis, rank: shape.count)
    for index in 1..<max(1, operands.infos.count) {
      var other = try operands[index].shape
      try operands.expect(other.count == shape.count, "operands of one rank")
      try operands.expectOneType(index, 0, "operands of one element type")
      shape[axis] += other[axis]
      other[axis] = shape[axis]
      try operands.expect(other == shape, "operands equal outside axis \(axis)")
    }
    return [shape]
  }

  func plan(_ operands: MovementOperands) -> MovementPlan {
    operands.parts(operands.shapes, along: axis, of: operands.output) {
      index, offset, part, whole in
      .init(
        source: index, destination: 0, destinationOffset: offset, counts: operands.shapes[index],
        sourceStrides: part, destinationStrides: whole)
    }
  }
}

struct Pad: Movement {
  let pads: [Int]
  let mode: PadMode
  let value: Float

  var attributes: [String] {
    ["pads \(pads)"] + (mode == .constant ? ["value \(value)"] : ["\(mode)"])
  }
  var padding: Float { value }

  func shapes(_ operands: Operands) throws(GraphError) -> [[Int]] {
    let x = try operands[0].shape
    try operands.expect(pads.count == 2 * x.count, "\(2 * x.count) pads")
    let limit = ValueInfo.maximumCount
    var shape: [Int] = []
    for axis in x.indices {
      let (before, after) = (pads[axis], pads[axis + x.count])
      try operands.expect(
        (-limit...limit).contains(before) && (-limit...limit).contains(after), "sane pads")
      let size = x[axis] + before + after
      try operands.expect(size >= 0, "pads that leave axis \(axis) a size")
      if mode != .constant, max(before, after) > 0 {
        let reach = mode == .reflect ? x[axis] - 1 : (x[axis] > 0 ? limit : 0)
        try operands.expect(
          max(before, after) <= reach, "axis \(axis) padded by at most \(reach)")
      }
      shape.append(size)
    }
    return [shape]
  }

  func plan(_ operands: MovementOperands) -> MovementPlan {
    let (x, output) = (operands.x, operands.output)
    let (from, to) = (Shapes.strides(x), Shapes.strides(output))
    guard mode == .constant else {
      let places = x.indices.map { axis in
        (0..<output[axis]).map { place($0 - pads[axis], x[axis]) * from[axis] }
      }
      let offsets = places.reduce([0]) { sums, axis in
        sums.flatMap { sum in axis.map { sum + $0 } }
      }
      return operands.runs(offsets, length: 1)
    }
    let first = x.indices.map { max(0, -pads[$0]) }
    let counts = x.indices.map { axis in
      max(0, x[axis] - first[axis] - max(0, -pads[axis + x.count]))
    }
    let block = MovementPlan.Block(
      source: 0, destination: 0, sourceOffset: Shapes.offset(first, from),
      destinationOffset: Shapes.offset(x.indices.map { max(0, pads[$0]) }, to), counts: counts,
      sourceStrides: from, destinationStrides: to)
    return MovementPlan(outputShapes: operands.outputs, steps: [.block(block)], hasPadding: true)
  }

  /// The place in 0..<size that a padded axis shows at `index`.
  private func place(_ index: Int, _ size: Int) -> Int {
    let clamped = min(max(index, 0), size - 1)
    return mode == .edge ? clamped : 2 * clamped - index
  }
}

package enum PadMode: Sendable, Equatable {
  case constant, reflect, edge
}

extension MovementOperands {
  /// One block a part, which `block` makes of its number, where it starts in the whole, and the
  /// strides of both.
  fileprivate func parts(
    _ shapes: [[Int]], along axis: Int, of whole: [Int],
    _ block: (Int, Int, [Int], [Int]) -> MovementPlan.Block
  ) -> MovementPlan {
    let strides = Shapes.strides(whole)
    var start = 0
    var plan = MovementPlan(outputShapes: outputs, steps: [])
    for (index, shape) in shapes.enumerated() {
      plan.steps.append(
        .block(block(index, start * strides[axis], Shapes.strides(shape), strides)))
      start += shape[axis]
    }
    return plan
  }
}
