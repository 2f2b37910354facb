import SwiftletGraph

extension OperatorTable {
  static func gather(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let axis = try gatherAxis(context)
    let indices = try indices(within: [context.shape(try context.required(0))[axis]], context)
    return try context.results(.gather(axis: axis), try context.required(0), indices)
  }

  static func gatherElements(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let axis = try gatherAxis(context)
    let indices = try indices(within: [context.shape(try context.required(0))[axis]], context)
    return try context.results(.gatherElements(axis: axis), try context.required(0), indices)
  }

  static func gatherND(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let x = try context.required(0)
    let batch = try context.attributes.int("batch_dims", default: 0)
    let shape = context.shape(x)
    guard (0...shape.count).contains(batch) else {
      throw NodeFailure("batch_dims is \(batch), its operand's rank \(shape.count)")
    }
    let indices = try tuples(within: Array(shape[batch...]), context)
    return try context.results(.gatherND(batchDimensions: batch), x, indices)
  }

  static func scatterND(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    _ = try context.attributes.choice("reduction", default: "none", ["none": true])
    let x = try context.required(0)
    let indices = try tuples(within: context.shape(x), context)
    return try context.results(.scatterND, x, indices, try context.required(2))
  }

  private static func gatherAxis(_ context: NodeContext) throws(NodeFailure) -> Int {
    let rank = context.shape(try context.required(0)).count
    return try context.axis(try context.attributes.int("axis", default: 0), rank: rank)
  }

  private static func tuples(
    within dimensions: [Int], _ context: NodeContext
  ) throws(NodeFailure) -> Graph.ValueID {
    guard let depth = context.shape(try context.required(1)).last,
      (1...max(1, dimensions.count)).contains(depth), depth <= dimensions.count
    else { throw NodeFailure("its index tuples do not fit the dimensions \(dimensions)") }
    return try indices(within: Array(dimensions.prefix(depth)), context)
  }

  /// Operand 1 with constant indices counted from the front and proven to be in range; `dimensions` repeats along them.
  private static func indices(
    within dimensions: [Int], _ context: NodeContext
  ) throws(NodeFailure) -> Graph.ValueID {
    let id = try context.required(1)
    guard let tensor = context.builder.graph.values[id].constant else { return id }
    guard case .int(let values) = tensor.storage else {
      throw NodeFailure("its indices are not integers")
    }
    var result = values
    for (index, value) in values.enumerated() {
      let size = Int64(dimensions[index % dimensions.count])
      guard value >= -size, value < size else {
        throw NodeFailure("the index \(value) is out of range for a dimension of \(size)")
      }
      if value < 0 { result[index] = value + size }
    }
    return result == values ? id : context.constant(Tensor(shape: tensor.shape, .int(result)))
  }
}
