import SwiftletGraph

/// Sequences exist only while importing: their operators rearrange names.
extension OperatorTable {
  static func splitToSequence(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let x = try context.required(0)
    let shape = context.shape(x)
    let axis = try context.axis(
      try context.attributes.int("axis", default: 0), rank: shape.count)
    let keeps = try context.attributes.flag("keepdims", default: true)
    let split = try context.tensor(1)
    let dimension = shape[axis]
    var sizes = split?.integers ?? [1]
    if (split?.shape.count ?? 0) == 0 {
      guard sizes.count == 1, let size = sizes.first, size > 0 else {
        throw NodeFailure("its split size is not one positive integer")
      }
      let full = [Int](repeating: size, count: dimension / size)
      sizes = dimension % size == 0 ? full : full + [dimension % size]
    }
    guard sizes.allSatisfy({ (0...dimension).contains($0) }) else {
      throw NodeFailure("the split sizes \(sizes) do not fit the dimension \(dimension)")
    }
    var parts =
      sizes == [dimension] ? [x] : try context.emitAll(.split(axis: axis, sizes: sizes), [x])
    if !keeps, split == nil {
      var element = shape
      element.remove(at: axis)
      for index in parts.indices { parts[index] = try context.reshape(parts[index], element) }
    }
    return [.sequence(parts)]
  }

  static func sequenceConstruct(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    [.sequence(try context.allInputs())]
  }

  static func sequenceEmpty(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    context.attributes.ignore("dtype")
    return [.sequence([])]
  }

  static func sequenceAt(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let parts = try context.sequence(0)
    guard let index = try position(1, count: parts.count, context), index < parts.count else {
      throw NodeFailure("its position is missing or out of range")
    }
    return [.value(parts[index])]
  }

  static func sequenceInsert(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    var parts = try context.sequence(0)
    let index = try position(2, count: parts.count, context) ?? parts.count
    parts.insert(try context.required(1), at: index)
    return [.sequence(parts)]
  }

  static func sequenceLength(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let count = try context.sequence(0).count
    return [.value(context.constant(Tensor(shape: [], .int([Int64(count)]))))]
  }

  static func concatFromSequence(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    var parts = try context.sequence(0)
    guard !parts.isEmpty, let axis = try context.attributes.int("axis") else {
      throw NodeFailure("its sequence is empty, or it has no axis")
    }
    if try context.attributes.flag("new_axis") {
      for index in parts.indices {
        var shape = context.shape(parts[index])
        shape.insert(1, at: try context.axis(axis, rank: shape.count + 1))
        parts[index] = try context.reshape(parts[index], shape)
      }
    }
    return [.value(try concatenate(parts, axis: axis, context))]
  }

  /// A constant position from 0 to `count`, or nil where it is left out.
  private static func position(
    _ operand: Int, count: Int, _ context: NodeContext
  ) throws(NodeFailure) -> Int? {
    guard let values = try context.integers(operand) else { return nil }
    guard values.count == 1, values[0] >= -count, values[0] <= count else {
      throw NodeFailure("its position \(values) is out of range for \(count) elements")
    }
    return values[0] < 0 ? values[0] + count : values[0]
  }
}
