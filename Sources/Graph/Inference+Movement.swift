extension Operands {
  func movement() throws(GraphError) -> [ValueInfo] {
    let shapes: [[Int]]
    switch op {
    case .reshape(let shape):
      let count = try self[0].count
      try expect(Shapes.count(shape) == count, "a shape of \(count) elements")
      shapes = [shape]
    case .transpose(let permutation):
      let x = try self[0].shape
      try expect(
        permutation.sorted() == Array(0..<x.count), "a permutation of \(x.count) axes")
      shapes = [permutation.map { x[$0] }]
    case .slice(let starts, let steps, let counts):
      shapes = [try slice(starts: starts, steps: steps, counts: counts)]
    case .split(let axis, let sizes):
      shapes = try split(axis: axis, sizes: sizes)
    case .concat(let axis):
      shapes = [try concat(axis: axis)]
    case .pad(let pads, let mode, _):
      shapes = [try pad(pads, mode: mode)]
    case .expand(let shape):
      let x = try self[0].shape
      try expect(Shapes.broadcast(x, shape) == shape, "a shape that broadcasts to \(shape)")
      shapes = [shape]
    case .tile(let repeats):
      shapes = [try tile(repeats)]
    case .depthToSpace(let block, _):
      let x = try self[0].shape
      try expect(
        x.count == 4 && block > 0 && block < 1 << 16 && x[1] % (block * block) == 0,
        "x [N, C, H, W] with channels divisible by \(block) squared")
      shapes = [[x[0], x[1] / (block * block), x[2] * block, x[3] * block]]
    case .spaceToDepth(let block):
      let x = try self[0].shape
      try expect(
        x.count == 4 && block > 0 && block < 1 << 16 && x[2] % block == 0 && x[3] % block == 0,
        "x [N, C, H, W] with H and W divisible by \(block)")
      shapes = [[x[0], x[1] * block * block, x[2] / block, x[3] / block]]
    case .gather, .gatherElements, .gatherND, .scatterND:
      shapes = [try gathering()]
    default: preconditionFailure("not a movement: \(op)")
    }
    let type = try self[0].elementType
    return shapes.map { ValueInfo(shape: $0, elementType: type) }
  }

  private func slice(starts: [Int], steps: [Int], counts: [Int]) throws(GraphError) -> [Int] {
    let x = try self[0].shape
    try expect(
      starts.count == x.count && steps.count == x.count && counts.count == x.count,
      "a start, step and count for each of \(x.count) axes")
    for axis in x.indices where counts[axis] != 0 {
      let (span, overflow) = (counts[axis] - 1).multipliedReportingOverflow(by: steps[axis])
      let (last, overflow2) = starts[axis].addingReportingOverflow(span)
      let range = 0..<x[axis]
      try expect(
        counts[axis] > 0 && steps[axis] != 0 && !overflow && !overflow2
          && range.contains(starts[axis]) && range.contains(last),
        "axis \(axis) sliced within 0..<\(x[axis])")
    }
    return counts
  }

  private func split(axis: Int, sizes: [Int]) throws(GraphError) -> [[Int]] {
    let x = try self[0].shape
    try expectAxis(axis, rank: x.count)
    try expect(
      sizes.allSatisfy { $0 >= 0 && $0 <= x[axis] } && sizes.reduce(0, &+) == x[axis],
      "sizes that add up to \(x[axis])")
    return sizes.map { size in
      var part = x
      part[axis] = size
      return part
    }
  }

  private func concat(axis: Int) throws(GraphError) -> [Int] {
    var shape = try self[0].shape
    try expectAxis(axis, rank: shape.count)
    for index in 1..<max(1, infos.count) {
      let part = try self[index]
      var other = part.shape
      try expect(other.count == shape.count, "operands of one rank")
      try expect(part.elementType == (try self[0].elementType), "operands of one element type")
      shape[axis] += other[axis]
      other[axis] = shape[axis]
      try expect(other == shape, "operands equal outside axis \(axis)")
    }
    return shape
  }

  private func pad(_ pads: [Int], mode: PadMode) throws(GraphError) -> [Int] {
    let x = try self[0].shape
    try expect(pads.count == 2 * x.count, "\(2 * x.count) pads")
    let limit = ValueInfo.maximumCount
    var shape: [Int] = []
    for axis in x.indices {
      let (before, after) = (pads[axis], pads[axis + x.count])
      try expect((-limit...limit).contains(before) && (-limit...limit).contains(after), "sane pads")
      let size = x[axis] + before + after
      try expect(size >= 0, "pads that leave axis \(axis) a size")
      if mode != .constant, max(before, after) > 0 {
        let reach = mode == .reflect ? x[axis] - 1 : (x[axis] > 0 ? limit : 0)
        try expect(max(before, after) <= reach, "axis \(axis) padded by at most \(reach)")
      }
      shape.append(size)
    }
    return shape
  }

  private func tile(_ repeats: [Int]) throws(GraphError) -> [Int] {
    let x = try self[0].shape
    try expect(
      repeats.count == x.count && repeats.allSatisfy { (0...ValueInfo.maximumCount).contains($0) },
      "\(x.count) repeat counts")
    return try zip(x, repeats).map { (dimension, count) throws(GraphError) -> Int in
      let (product, overflow) = dimension.multipliedReportingOverflow(by: count)
      try expect(!overflow, "a result that fits")
      return product
    }
  }

  private func gathering() throws(GraphError) -> [Int] {
    let (x, indices) = (try self[0].shape, try self[1].shape)
    try expect(try self[1].elementType == .int, "integer indices")
    switch op {
    case .gather(let axis):
      try expectAxis(axis, rank: x.count)
      return x[..<axis] + indices + x[(axis + 1)...]
    case .gatherElements(let axis):
      try expectAxis(axis, rank: x.count)
      try expect(
        indices.count == x.count && x.indices.allSatisfy { $0 == axis || indices[$0] <= x[$0] },
        "indices no larger than the operand outside axis \(axis)")
      return indices
    case .gatherND(let batch):
      let depth = try indexDepth(indices)
      try expect(
        batch >= 0 && batch < indices.count && batch + depth <= x.count
          && x[..<min(batch, x.count)] == indices[..<batch],
        "\(batch) equal batch axes and index tuples of at most the operand's rank")
      return indices.dropLast() + x[(batch + depth)...]
    case .scatterND:
      let depth = try indexDepth(indices)
      try expect(depth <= x.count, "index tuples of at most the operand's rank")
      let expected = indices.dropLast() + x[depth...]
      try expect(
        try self[2].shape == Array(expected), "updates of shape \(Array(expected))")
      try expect(
        try self[2].elementType == (try self[0].elementType), "updates of the operand's type")
      return x
    default: preconditionFailure("not a gather: \(op)")
    }
  }

  private func indexDepth(_ indices: [Int]) throws(GraphError) -> Int {
    guard let depth = indices.last else { throw error("indices of rank 1 or more") }
    return depth
  }
}
