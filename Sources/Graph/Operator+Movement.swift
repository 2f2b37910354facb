extension Operator {
  /// The plan of a movement operator for operands of the given shapes; `indices` as for `move`.
  package func movementPlan(
    _ shapes: [[Int]], indices: Tensor? = nil
  ) throws(GraphError) -> MovementPlan {
    var infos = shapes.map { ValueInfo(shape: $0) as ValueInfo? }
    if let indices, !infos.isEmpty { infos.insert(ValueInfo(indices), at: 1) }
    guard isMovement else { throw GraphError("\(self): moves no elements") }
    let outputs = try inferOutputs(infos).map(\.shape)
    let planner = MovementPlanner(
      op: self, shapes: shapes, outputs: outputs, indices: indices?.integers ?? [],
      indexShape: indices?.shape ?? [])
    return try planner.plan()
  }
}

/// Builds plans; the shapes have passed inference.
private struct MovementPlanner {
  let op: Operator
  let shapes: [[Int]]
  let outputs: [[Int]]
  let indices: [Int]
  let indexShape: [Int]

  private var x: [Int] { shapes[0] }
  private var output: [Int] { outputs[0] }

  func plan() throws(GraphError) -> MovementPlan {
    switch op {
    case .reshape: return whole(counts: [x.reduce(1, *)], from: [1])
    case .transpose(let permutation):
      let strides = Shapes.strides(x)
      return whole(counts: output, from: permutation.map { strides[$0] })
    case .slice(let starts, let steps, let counts):
      let strides = Shapes.strides(x)
      let offset = output.contains(0) ? 0 : dot(starts, strides)
      return whole(counts: counts, from: zip(strides, steps).map { $0 * $1 }, offset: offset)
    case .split(let axis, _): return split(axis)
    case .concat(let axis): return concat(axis)
    case .pad(let pads, let mode, _): return pad(pads, mode)
    case .expand: return whole(counts: output, from: Shapes.strides(x, broadcastTo: output))
    case .tile(let repeats): return tile(repeats)
    case .depthToSpace(let block, let columnRowDepth):
      let (depth, height, width) = (output[1], x[2], x[3])
      let split =
        columnRowDepth
        ? [x[0], depth, block, block, height, width] : [x[0], block, block, depth, height, width]
      let order = columnRowDepth ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]
      return permuted(split, order)
    case .spaceToDepth(let block):
      let split = [x[0], x[1], output[2], block, output[3], block]
      return permuted(split, [0, 3, 5, 1, 2, 4])
    case .gather(let axis): return try gather(axis)
    case .gatherElements(let axis): return try gatherElements(axis)
    case .gatherND(let batch): return try gatherND(batch)
    case .scatterND: return try scatterND()
    default: preconditionFailure("not a movement: \(op)")
    }
  }

  /// One block that fills the only output in order.
  private func whole(counts: [Int], from strides: [Int], offset: Int = 0) -> MovementPlan {
    let block = MovementPlan.Block(
      source: 0, destination: 0, sourceOffset: offset, counts: counts, sourceStrides: strides,
      destinationStrides: Shapes.strides(counts))
    return MovementPlan(outputShapes: outputs, steps: [.block(block)])
  }

  private func permuted(_ shape: [Int], _ order: [Int]) -> MovementPlan {
    let strides = Shapes.strides(shape)
    return whole(counts: order.map { shape[$0] }, from: order.map { strides[$0] })
  }

  private func split(_ axis: Int) -> MovementPlan {
    let strides = Shapes.strides(x)
    var start = 0
    var plan = MovementPlan(outputShapes: outputs, steps: [])
    for (index, shape) in outputs.enumerated() {
      plan.steps.append(
        .block(
          .init(
            source: 0, destination: index, sourceOffset: start * strides[axis], counts: shape,
            sourceStrides: strides, destinationStrides: Shapes.strides(shape))))
      start += shape[axis]
    }
    return plan
  }

  private func concat(_ axis: Int) -> MovementPlan {
    let strides = Shapes.strides(output)
    var start = 0
    var plan = MovementPlan(outputShapes: outputs, steps: [])
    for (index, shape) in shapes.enumerated() {
      plan.steps.append(
        .block(
          .init(
            source: index, destination: 0, destinationOffset: start * strides[axis],
            counts: shape, sourceStrides: Shapes.strides(shape), destinationStrides: strides)))
      start += shape[axis]
    }
    return plan
  }

  private func pad(_ pads: [Int], _ mode: PadMode) -> MovementPlan {
    let (from, to) = (Shapes.strides(x), Shapes.strides(output))
    guard mode == .constant else {
      let places = x.indices.map { axis in
        (0..<output[axis]).map { place($0 - pads[axis], x[axis], mode) * from[axis] }
      }
      let offsets = places.reduce([0]) { sums, axis in
        sums.flatMap { sum in axis.map { sum + $0 } }
      }
      return runs(offsets, length: 1)
    }
    // A negative pad crops.
    let first = x.indices.map { max(0, -pads[$0]) }
    let counts = x.indices.map { axis in
      max(0, x[axis] - first[axis] - max(0, -pads[axis + x.count]))
    }
    let block = MovementPlan.Block(
      source: 0, destination: 0, sourceOffset: dot(first, from),
      destinationOffset: dot(x.indices.map { max(0, pads[$0]) }, to), counts: counts,
      sourceStrides: from, destinationStrides: to)
    return MovementPlan(outputShapes: outputs, steps: [.block(block)], hasPadding: true)
  }

  /// The place in 0..<size that a padded axis shows at `index`.
  private func place(_ index: Int, _ size: Int, _ mode: PadMode) -> Int {
    let clamped = min(max(index, 0), size - 1)
    return mode == .edge ? clamped : 2 * clamped - index
  }

  private func tile(_ repeats: [Int]) -> MovementPlan {
    let strides = Shapes.strides(x)
    return whole(
      counts: zip(repeats, x).flatMap { [$0, $1] }, from: strides.flatMap { [0, $0] })
  }

  private func dot(_ a: [Int], _ b: [Int]) -> Int { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

  /// Runs read from the given places and laid one after the other.
  private func runs(_ offsets: [Int], length: Int) -> MovementPlan {
    let runs = MovementPlan.Runs(
      source: 0, sourceOffsets: offsets,
      destinationOffsets: offsets.indices.map { $0 * length }, length: length)
    return MovementPlan(outputShapes: outputs, steps: [.runs(runs)])
  }

  /// An index counted from the end where it is negative.
  private func resolved(_ index: Int, size: Int) throws(GraphError) -> Int {
    guard (-size..<max(size, 0)).contains(index) else {
      throw GraphError("\(op) of \(x): index \(index) is outside -\(size)..<\(size)")
    }
    return index < 0 ? index + size : index
  }

  private func gather(_ axis: Int) throws(GraphError) -> MovementPlan {
    let (outer, count, inner) = Shapes.split(x, at: axis)
    var places: [Int] = []
    for index in indices { places.append(try resolved(index, size: count) * inner) }
    let offsets = (0..<outer).flatMap { row in places.map { row * count * inner + $0 } }
    return runs(offsets, length: inner)
  }

  private func gatherElements(_ axis: Int) throws(GraphError) -> MovementPlan {
    let strides = Shapes.strides(x)
    let (own, inner) = (Shapes.strides(indexShape), strides[axis])
    var offsets: [Int] = []
    for (position, index) in indices.enumerated() {
      var offset = try resolved(index, size: x[axis]) * inner
      for other in x.indices where other != axis {
        offset += position / own[other] % indexShape[other] * strides[other]
      }
      offsets.append(offset)
    }
    return runs(offsets, length: 1)
  }

  /// Where each index tuple points, from axis `first` on.
  private func tuples(_ first: Int) throws(GraphError) -> [Int] {
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

  private func gatherND(_ batch: Int) throws(GraphError) -> MovementPlan {
    var offsets = try tuples(batch)
    let batches = x[..<batch].reduce(1, *)
    let size = x[batch...].reduce(1, *)
    let perBatch = batches == 0 ? 0 : offsets.count / batches
    for index in offsets.indices { offsets[index] += index / perBatch * size }
    return runs(offsets, length: x[(batch + (indexShape.last ?? 0))...].reduce(1, *))
  }

  private func scatterND() throws(GraphError) -> MovementPlan {
    let length = x[(indexShape.last ?? 0)...].reduce(1, *)
    let offsets = try tuples(0)
    var plan = whole(counts: [x.reduce(1, *)], from: [1])
    plan.steps.append(
      .runs(
        .init(
          source: 1, sourceOffsets: offsets.indices.map { $0 * length },
          destinationOffsets: offsets, length: length)))
    return plan
  }
}
