import SwiftletGraph

extension OperatorTable {
  /// Attributes up to opset 9, operands since.
  static func slice(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let x = try context.required(0)
    let shape = context.shape(x)
    let since = 10
    guard let from = try context.integers(attribute: "starts", orInput: 1, since: since),
      let to = try context.integers(attribute: "ends", orInput: 2, since: since)
    else { throw NodeFailure("its starts or ends are missing") }
    let stated = try context.integers(attribute: "axes", orInput: 3, since: since)
    let by = context.opset < since ? nil : try context.integers(4)
    let axes = try context.axes(stated ?? Array(0..<from.count), rank: shape.count)
    try context.check("ends", to, count: from.count)
    try context.check("axes", axes, count: from.count)
    try context.check("steps", by ?? from, count: from.count)

    var starts = [Int](repeating: 0, count: shape.count)
    var steps = [Int](repeating: 1, count: shape.count)
    var counts = shape
    for (index, axis) in axes.enumerated() {
      let step = (by?[index] ?? 1).clamped(to: Limits.extent)
      guard step != 0 else { throw NodeFailure("its step along axis \(axis) is 0") }
      let size = shape[axis]
      // The first and the last positions a bound may name depend on the direction.
      let bounds = step > 0 ? 0...size : -1...size - 1
      func position(_ index: Int) -> Int {
        let index = index.clamped(to: Limits.extent)
        return min(max(index < 0 ? index + size : index, bounds.lowerBound), bounds.upperBound)
      }
      let start = position(from[index])
      let distance = step > 0 ? position(to[index]) - start : start - position(to[index])
      let count = start < 0 ? 0 : max(0, (distance + abs(step) - 1) / abs(step))
      counts[axis] = count
      if count > 0 { (starts[axis], steps[axis]) = (start, count > 1 ? step : 1) }
    }
    if counts == shape, steps.allSatisfy({ $0 == 1 }) { return [.value(x)] }
    return try context.results(.slice(starts: starts, steps: steps, counts: counts), x)
  }

  static func split(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let x = try context.required(0)
    let shape = context.shape(x)
    let axis = try context.axis(
      try context.attributes.int("axis", default: 0), rank: shape.count)
    let stated = try context.integers(attribute: "split", orInput: 1, since: 13)
    let parts = try context.attributes.int("num_outputs", default: context.outputCount)
    guard parts == context.outputCount, parts > 0 else {
      throw NodeFailure("it has \(context.outputCount) outputs, but num_outputs is \(parts)")
    }
    let sizes = stated ?? chunks(of: shape[axis], size: (shape[axis] + parts - 1) / parts, parts)
    try context.check("split", sizes, count: parts)
    guard sizes.allSatisfy({ (0...shape[axis]).contains($0) }) else {
      throw NodeFailure("the split sizes \(sizes) do not fit the dimension \(shape[axis])")
    }
    if parts == 1, sizes == [shape[axis]] { return [.value(x)] }
    return try context.results(.split(axis: axis, sizes: sizes), x)
  }

  /// `count` sizes of at most `size` that cover a dimension; the last ones may be smaller.
  private static func chunks(of dimension: Int, size: Int, _ count: Int) -> [Int] {
    (0..<count).map { index in
      min(size, max(0, dimension - index * size))
    }
  }

  static func concat(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    guard let axis = try context.attributes.int("axis") else {
      throw NodeFailure("attribute 'axis' is missing")
    }
    return [.value(try concatenate(try context.allInputs(), axis: axis, context))]
  }

  static func concatenate(
    _ parts: [Graph.ValueID], axis: Int, _ context: NodeContext
  ) throws(NodeFailure) -> Graph.ValueID {
    let front = try context.axis(axis, rank: context.shape(parts[0]).count)
    return parts.count == 1 ? parts[0] : try context.emitAll(.concat(axis: front), parts)[0]
  }

  /// Attributes up to opset 10, operands since.
  static func pad(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let x = try context.required(0)
    let rank = context.shape(x).count
    let mode: PadMode = try context.attributes.choice(
      "mode", default: "constant", ["constant": .constant, "reflect": .reflect, "edge": .edge])
    let value: Float
    if context.opset < 11 {
      value = try context.attributes.float("value", default: 0)
    } else {
      value = try context.scalar(2) ?? 0
    }
    guard let stated = try context.integers(attribute: "pads", orInput: 1, since: 11) else {
      throw NodeFailure("its pads are missing")
    }
    let axes = try context.axes(try context.integers(3) ?? Array(0..<rank), rank: rank)
    try context.check("pads", stated, count: 2 * axes.count)
    var pads = [Int](repeating: 0, count: 2 * rank)
    for (index, axis) in axes.enumerated() {
      pads[axis] = stated[index]
      pads[axis + rank] = stated[index + axes.count]
    }
    if pads.allSatisfy({ $0 == 0 }) { return [.value(x)] }
    return try context.results(.pad(pads: pads, mode: mode, value: value), x)
  }
}
