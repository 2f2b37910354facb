import SwiftletGraph

extension OperatorTable {
  static func reduce(_ reduction: Reduction) -> Builder {
    { (context) throws(NodeFailure) in
      [.value(try reduced(try context.required(0), by: reduction, context))]
    }
  }

  static func reduceL1(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let magnitudes = try context.emit(.unary(.absolute), try context.required(0))
    return [.value(try reduced(magnitudes, by: .sum, context))]
  }

  static func reduceSumSquare(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let x = try context.required(0)
    let squares = try context.emit(.binary(.multiply), x, x)
    return [.value(try reduced(squares, by: .sum, context))]
  }

  static func reduceLogSum(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let sum = try reduced(try context.required(0), by: .sum, context)
    return try context.results(.unary(.log), sum)
  }

  /// Axes are an attribute first and an operand later: since opset 13 for sums, since 18 for the others.
  private static func reduced(
    _ x: Graph.ValueID, by reduction: Reduction, _ context: NodeContext
  ) throws(NodeFailure) -> Graph.ValueID {
    let axes = try context.integers(
      attribute: "axes", orInput: 1, since: context.node.opType == "ReduceSum" ? 13 : 18)
    let keeps = try context.attributes.flag("keepdims", default: true)
    let skipsEmpty = try context.attributes.flag("noop_with_empty_axes")
    let rank = context.shape(x).count
    if let axes, !axes.isEmpty {
      let axes = try context.axes(axes, rank: rank).sorted()
      return try context.emit(.reduce(reduction, axes: axes, keepDimensions: keeps), x)
    }
    if skipsEmpty {
      // Nothing is summed, but the square root of a square is still taken.
      return reduction == .l2 ? try context.emit(.unary(.absolute), x) : x
    }
    return try context.emit(
      .reduce(reduction, axes: Array(0..<rank), keepDimensions: keeps), x)
  }

  static func argMax(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    try argMax(of: try context.required(0), context)
  }

  static func argMin(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    try argMax(of: try context.emit(.unary(.negate), try context.required(0)), context)
  }

  private static func argMax(
    of x: Graph.ValueID, _ context: NodeContext
  ) throws(NodeFailure) -> [Binding] {
    try context.attributes.require("select_last_index", equals: 0)
    let axis = try context.attributes.int("axis", default: 0)
    let keeps = try context.attributes.flag("keepdims", default: true)
    try context.requireConstant(context.node.opType)
    let front = try context.axis(axis, rank: context.shape(x).count)
    return try context.results(.argMax(axis: front, keepDimensions: keeps), x)
  }
}
