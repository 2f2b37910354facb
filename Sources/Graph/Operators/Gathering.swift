/// A movement by constant integer indices.
protocol IndexedMovement: Movement {
  /// The output's shape for an operand and indices of the given ones.
  func shape(_ x: [Int], _ indices: [Int], _ operands: Operands) throws(GraphError) -> [Int]
}

extension IndexedMovement {
  var takesIndices: Bool { true }
  var arity: ClosedRange<Int> { 2...2 }

  func shapes(_ operands: Operands) throws(GraphError) -> [[Int]] {
    let (x, indices) = (try operands[0].shape, try operands[1])
    try operands.expect(indices.elementType == .int, "integer indices")
    return [try shape(x, indices.shape, operands)]
  }
}

/// Slices along an axis.
struct Gather: IndexedMovement {
  let axis: Int

  var attributes: [String] { ["axis \(axis)"] }

  func shape(_ x: [Int], _ indices: [Int], _ operands: Operands) throws(GraphError) -> [Int] {
    try operands.expectAxis(axis, rank: x.count)
    return x[..<axis] + indices + x[(axis + 1)...]
  }

  func plan(_ operands: MovementOperands) throws(GraphError) -> MovementPlan {
    let (outer, count, inner) = Shapes.split(operands.x, at: axis...axis)
    var places: [Int] = []
    for index in operands.indices {
      places.append(try operands.resolved(index, size: count) * inner)
    }
    let offsets = (0..<outer).flatMap { row in places.map { row * count * inner + $0 } }
    return operands.runs(offsets, length: inner)
  }
}

/// One element an index, moved along the axis only.
struct GatherElements: IndexedMovement {
  let axis: Int

  var attributes: [String] { ["axis \(axis)"] }

  func shape(_ x: [Int], _ indices: [Int], _ operands: Operands) throws(GraphError) -> [Int] {
    try operands.expectAxis(axis, rank: x.count)
    try operands.expect(
      indices.count == x.count && x.indices.allSatisfy { $0 == axis || indices[$0] <= x[$0] },
      "indices no larger than the operand outside axis \(axis)")
    return indices
  }

  func plan(_ operands: MovementOperands) throws(GraphError) -> MovementPlan {
    let (x, strides) = (operands.x, Shapes.strides(operands.x))
    let (own, inner) = (Shapes.strides(operands.indexShape), strides[axis])
    var offsets: [Int] = []
    for (position, index) in operands.indices.enumerated() {
      var offset = try operands.resolved(index, size: x[axis]) * inner
      for other in x.indices where other != axis {
        offset += position / own[other] % operands.indexShape[other] * strides[other]
      }
      offsets.append(offset)
    }
    return operands.runs(offsets, length: 1)
  }
}

/// Blocks that index tuples point to, behind axes that both operands share.
struct GatherND: IndexedMovement {
  let batchDimensions: Int

  var attributes: [String] { batchDimensions == 0 ? [] : ["batch \(batchDimensions)"] }

  func shape(_ x: [Int], _ indices: [Int], _ operands: Operands) throws(GraphError) -> [Int] {
    let (depth, batch) = (try operands.indexDepth(indices), batchDimensions)
    try operands.expect(
      batch >= 0 && batch < indices.count && batch + depth <= x.count
        && x[..<min(batch, x.count)] == indices[..<batch],
      "\(batch) equal batch axes and index tuples of at most the operand's rank")
    return indices.dropLast() + x[(batch + depth)...]
  }

  func plan(_ operands: MovementOperands) throws(GraphError) -> MovementPlan {
    var offsets = try operands.tuples(batchDimensions)
    let x = operands.x
    let batches = x[..<batchDimensions].reduce(1, *)
    let size = x[batchDimensions...].reduce(1, *)
    let perBatch = batches == 0 ? 0 : offsets.count / batches
    for index in offsets.indices { offsets[index] += index / perBatch * size }
    let first = batchDimensions + (operands.indexShape.last ?? 0)
    return operands.runs(offsets, length: x[first...].reduce(1, *))
  }
}

/// The operand with the blocks that index tuples point to replaced by operand 2's.
struct ScatterND: IndexedMovement {
  var arity: ClosedRange<Int> { 3...3 }

  func shape(_ x: [Int], _ indices: [Int], _ operands: Operands) throws(GraphError) -> [Int] {
    let depth = try operands.indexDepth(indices)
    try operands.expect(depth <= x.count, "index tuples of at most the operand's rank")
    let expected = Array(indices.dropLast() + x[depth...])
    try operands.expect(try operands[2].shape == expected, "updates of shape \(expected)")
    try operands.expectOneType(2, 0, "updates of the operand's type")
    return x
  }

  func plan(_ operands: MovementOperands) throws(GraphError) -> MovementPlan {
    let x = operands.x
    let length = x[(operands.indexShape.last ?? 0)...].reduce(1, *)
    let offsets = try operands.tuples(0)
    var plan = operands.whole(counts: [x.reduce(1, *)], from: [1])
    plan.steps.append(
      .runs(
        .init(
          source: 1, sourceOffsets: offsets.indices.map { $0 * length },
          destinationOffsets: offsets, length: length)))
    return plan
  }
}

extension Operands {
  fileprivate func indexDepth(_ indices: [Int]) throws(GraphError) -> Int {
    guard let depth = indices.last else { throw error("indices of rank 1 or more") }
    return depth
  }
}

extension MovementOperands {
  /// Where each index tuple points, from axis `first` on.
  fileprivate func tuples(_ first: Int) throws(GraphError) -> [Int] {
    guard let depth = indexShape.last else { return [] }
    let strides = Shapes.strides(x)
    var offsets: [Int] = []
    for tuple in 0..<indexShape.dropLast().reduce(1, *) {
      var offset = 0
      for level in 0..<depth {
        let index = indices[tuple * depth + level]
        offset += try resolved(index, size: x[first + level]) * strides[first + level]
      }
      offsets.append(offset)
    }
    return offsets
  }
}
