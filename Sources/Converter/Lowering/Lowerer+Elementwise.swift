import SwiftletGraph
import SwiftletProgram

extension Lowerer {
  /// A value as a whole tensor in some order of its own: where it lies if it is a permutation of one, else gathered with
  /// channels last.
  mutating func whole(
    _ value: Graph.ValueID, name: String
  ) throws -> (tensor: TensorID, positions: [Int32]) {
    let source = try map(of: value)
    if let found = space.permutation(of: source, in: plan) { return found }
    let shape = shape(value)
    let isMap = shape.count == 4
    let order = isMap ? [0, 2, 3, 1] : Array(0..<shape.count)
    let moved = try Operator.transpose(permutation: order).move(
      [(shape, source)], padding: 0)[0]
    let channels = max(1, isMap ? shape[1] : shape.last ?? 1)
    let tensor = try gather(
      moved, rows: source.count / channels, channels: channels, name: name)
    guard isMap else { return (tensor, source.indices.map(Int32.init)) }
    let pixels = shape[2] * shape[3]
    return (
      tensor, source.indices.map { Int32(($0 % pixels) * channels + $0 / pixels) }
    )
  }

  mutating func lowerBinary(_ operation: Binary, _ node: Graph.Node) throws {
    let (a, b) = (try input(node, 0), try input(node, 1))
    guard operation == .add || operation == .multiply else {
      throw Unsupported("it takes two activations that no instruction combines so")
    }
    if let constant = graph.values[b].constant {
      return try lowerConstant(operation, a, constant, node)
    }
    if let constant = graph.values[a].constant {
      return try lowerConstant(operation, b, constant, node)
    }
    // The operand of the output's size leads; the other is brought to its order.
    let outputShape = shape(node.outputs[0])
    if shape(a) == outputShape {
      try lowerPair(operation, a, b, node)
    } else if shape(b) == outputShape {
      try lowerPair(operation, b, a, node)
    } else {
      throw Unsupported("both operands are broadcast")
    }
  }

  private mutating func lowerPair(
    _ operation: Binary, _ leading: Graph.ValueID, _ other: Graph.ValueID, _ node: Graph.Node
  ) throws {
    let (tensor, positions) = try whole(leading, name: node.name)
    let (rows, channels) = (plan.tensors[tensor].rows, plan.tensors[tensor].channels)
    let expanded = try Operator.expand(shape: shape(leading)).move(
      [(shape(other), try map(of: other))], padding: 0)[0]
    var aligned = expanded
    for (index, position) in positions.enumerated() { aligned[Int(position)] = expanded[index] }

    let right: Operand
    if let view = space.rowView(of: aligned[...], channels: channels, in: plan),
      plan.tensors[view.tensor].rows == 1
    {
      right = Operand(tensor: view.tensor, offset: view.offset, channels: channels)
    } else {
      right = try operand(aligned, channels: channels, name: node.name)
    }
    let left = plan.operand(tensor)
    try emit(
      operation == .add
        ? .add(.init(left: left, right: right)) : .multiply(.init(left: left, right: right)),
      node: node, rows: rows, channels: channels, positions: positions)
  }

  /// A constant broadcast to a value's shape, in the order in which the value lies in its tensor.
  func arrange(_ constant: Tensor, as shape: [Int], positions: [Int32]) throws -> [Float] {
    guard let floats = constant.floats else { throw Unsupported("its constant must be float") }
    try checkFinite(floats, "constant")
    let expanded = try Operator.expand(shape: shape).move(
      [(constant.shape, floats)], padding: 0)[0]
    var arranged = expanded
    for (index, position) in positions.enumerated() { arranged[Int(position)] = expanded[index] }
    return arranged
  }

  /// The first row if all rows are equal.
  func perChannel(_ values: [Float], channels: Int) -> [Float]? {
    for index in values.indices where values[index] != values[index % channels] { return nil }
    return Array(values[..<channels])
  }
}
