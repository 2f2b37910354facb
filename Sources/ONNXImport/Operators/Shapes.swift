import SwiftletGraph

extension OperatorTable {
  /// In a target shape, 0 keeps a dimension (unless `allowzero`) and one -1 takes what is left.
  static func reshape(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let x = try context.required(0)
    let shape = context.shape(x)
    guard var target = try context.integers(1) else { throw NodeFailure("its shape is missing") }
    if try !context.attributes.flag("allowzero") {
      for (axis, dimension) in target.enumerated() where dimension == 0 {
        guard axis < shape.count else {
          throw NodeFailure("the target shape \(target) keeps a dimension that \(shape) lacks")
        }
        target[axis] = shape[axis]
      }
    }
    if let open = target.firstIndex(of: -1) {
      var others = target
      others.remove(at: open)
      let (count, known) = (try elementCount(shape), try elementCount(others))
      guard known > 0, count % known == 0 else {
        throw NodeFailure("the shape \(shape) does not fit the target shape \(target)")
      }
      target[open] = count / known
    }
    return [.value(try context.reshape(x, target))]
  }

  static func flatten(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let x = try context.required(0)
    let shape = context.shape(x)
    let stated = try context.attributes.int("axis", default: 1)
    let axis = stated == shape.count ? stated : try context.axis(stated, rank: shape.count)
    let rows = try elementCount(Array(shape[..<axis]))
    let columns = try elementCount(Array(shape[axis...]))
    return [.value(try context.reshape(x, [rows, columns]))]
  }

  static func squeeze(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let x = try context.required(0)
    let shape = context.shape(x)
    let stated = try context.integers(attribute: "axes", orInput: 1, since: 13)
    let axes = try context.axes(
      stated ?? shape.indices.filter { shape[$0] == 1 }, rank: shape.count)
    for axis in axes where shape[axis] != 1 {
      throw NodeFailure("axis \(axis) of the shape \(shape) is not 1 and cannot be squeezed")
    }
    let kept = shape.indices.filter { !axes.contains($0) }.map { shape[$0] }
    return [.value(try context.reshape(x, kept))]
  }

  static func unsqueeze(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let x = try context.required(0)
    var shape = context.shape(x)
    guard let stated = try context.integers(attribute: "axes", orInput: 1, since: 13),
      stated.count <= Limits.rank
    else { throw NodeFailure("its axes are missing") }
    for axis in try context.axes(stated, rank: shape.count + stated.count).sorted() {
      shape.insert(1, at: axis)
    }
    return [.value(try context.reshape(x, shape))]
  }

  static func transpose(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let x = try context.required(0)
    let order = Array(context.shape(x).indices)
    let permutation = try context.attributes.ints("perm") ?? order.reversed()
    if permutation == order { return [.value(x)] }
    return try context.results(.transpose(permutation: permutation), x)
  }

  static func expand(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let x = try context.required(0)
    guard let target = try context.integers(1) else { throw NodeFailure("its shape is missing") }
    _ = try elementCount(target)
    guard let shape = Shapes.broadcast(context.shape(x), target) else {
      throw NodeFailure("the shape \(context.shape(x)) does not broadcast to \(target)")
    }
    _ = try elementCount(shape)
    if shape == context.shape(x) { return [.value(x)] }
    return try context.results(.expand(shape: shape), x)
  }

  static func tile(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let x = try context.required(0)
    guard let repeats = try context.integers(1) else {
      throw NodeFailure("its repeats are missing")
    }
    if repeats.allSatisfy({ $0 == 1 }), repeats.count == context.shape(x).count {
      return [.value(x)]
    }
    return try context.results(.tile(repeats: repeats), x)
  }

  static func depthToSpace(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let block = try blockSize(context)
    let columnRowDepth = try context.attributes.choice(
      "mode", default: "DCR", ["DCR": false, "CRD": true])
    return try context.results(
      .depthToSpace(blockSize: block, columnRowDepth: columnRowDepth), try context.required(0))
  }

  static func spaceToDepth(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    try context.results(
      .spaceToDepth(blockSize: try blockSize(context)), try context.required(0))
  }

  private static func blockSize(_ context: NodeContext) throws(NodeFailure) -> Int {
    guard let block = try context.attributes.int("blocksize"), (1..<1 << 16).contains(block) else {
      throw NodeFailure("attribute 'blocksize' is missing or out of range")
    }
    return block
  }
}
