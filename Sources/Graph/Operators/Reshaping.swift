/// Keeps the order of the elements, and shares its operand's buffer.
struct Reshape: Movement {
  let shape: [Int]

  var attributes: [String] { ["\(shape)"] }

  func shapes(_ operands: Operands) throws(GraphError) -> [[Int]] {
    let count = try operands[0].count
    try operands.expect(Shapes.count(shape) == count, "a shape of \(count) elements")
    return [shape]
  }

  func plan(_ operands: MovementOperands) -> MovementPlan {
    operands.whole(counts: [operands.x.reduce(1, *)], from: [1])
  }

  func evaluate(_ run: Evaluation) -> [Tensor.Storage] { [run.tensor(0).storage] }
}

struct Transpose: Movement {
  let permutation: [Int]

  var attributes: [String] { ["\(permutation)"] }

  func shapes(_ operands: Operands) throws(GraphError) -> [[Int]] {
    let x = try operands[0].shape
    try operands.expect(
      permutation.sorted() == Array(0..<x.count), "a permutation of \(x.count) axes")
    return [permutation.map { x[$0] }]
  }

  func plan(_ operands: MovementOperands) -> MovementPlan {
    operands.permuted(operands.x, permutation)
  }
}

struct Expand: Movement {
  let shape: [Int]

  var attributes: [String] { ["\(shape)"] }

  func shapes(_ operands: Operands) throws(GraphError) -> [[Int]] {
    let x = try operands[0].shape
    try operands.expect(
      Shapes.broadcast(x, shape) == shape, "a shape that broadcasts to \(shape)")
    return [shape]
  }

  func plan(_ operands: MovementOperands) -> MovementPlan {
    operands.whole(counts: shape, from: Shapes.strides(operands.x, broadcastTo: shape))
  }
}

struct Tile: Movement {
  let repeats: [Int]

  var attributes: [String] { ["\(repeats)"] }

  func shapes(_ operands: Operands) throws(GraphError) -> [[Int]] {
    let x = try operands[0].shape
    try operands.expect(
      repeats.count == x.count && repeats.allSatisfy { (0...ValueInfo.maximumCount).contains($0) },
      "\(x.count) repeat counts")
    return [
      try zip(x, repeats).map { (dimension, count) throws(GraphError) -> Int in
        let (product, overflow) = dimension.multipliedReportingOverflow(by: count)
        try operands.expect(!overflow, "a result that fits")
        return product
      }
    ]
  }

  func plan(_ operands: MovementOperands) -> MovementPlan {
    operands.whole(
      counts: zip(repeats, operands.x).flatMap { [$0, $1] },
      from: Shapes.strides(operands.x).flatMap { [0, $0] })
  }
}

/// Blocks of channels become squares of the map.
struct DepthToSpace: Movement {
  let block: Int
  /// Whether the output's channel comes before the place in the square.
  let columnRowDepth: Bool

  var attributes: [String] { ["block \(block)"] + (columnRowDepth ? ["crd"] : []) }

  func shapes(_ operands: Operands) throws(GraphError) -> [[Int]] {
    let x = try operands[0].shape
    try operands.expect(
      x.count == 4 && block > 0 && block < 1 << 16 && x[1] % (block * block) == 0,
      "x [N, C, H, W] with channels divisible by \(block) squared")
    return [[x[0], x[1] / (block * block), x[2] * block, x[3] * block]]
  }

  func plan(_ operands: MovementOperands) -> MovementPlan {
    let (x, depth) = (operands.x, operands.output[1])
    return columnRowDepth
      ? operands.permuted([x[0], depth, block, block, x[2], x[3]], [0, 1, 4, 2, 5, 3])
      : operands.permuted([x[0], block, block, depth, x[2], x[3]], [0, 3, 4, 1, 5, 2])
  }
}

/// Squares of the map become blocks of channels.
struct SpaceToDepth: Movement {
  let block: Int

  var attributes: [String] { ["block \(block)"] }

  func shapes(_ operands: Operands) throws(GraphError) -> [[Int]] {
    let x = try operands[0].shape
    try operands.expect(
      x.count == 4 && block > 0 && block < 1 << 16 && x[2] % block == 0 && x[3] % block == 0,
      "x [N, C, H, W] with H and W divisible by \(block)")
    return [[x[0], x[1] * block * block, x[2] / block, x[3] / block]]
  }

  func plan(_ operands: MovementOperands) -> MovementPlan {
    let (x, output) = (operands.x, operands.output)
    return operands.permuted([x[0], x[1], output[2], block, output[3], block], [0, 3, 5, 1, 2, 4])
  }
}
