import SwiftletGraph

/// What a value's name stands for while a graph is walked.
enum Binding {
  case value(Graph.ValueID)
  case sequence([Graph.ValueID])
  /// An output that its operator's builder does not give; only its use is a problem.
  case unavailable(reason: String)
  /// An operand that a function's caller leaves out.
  case absent
  /// The result of a node that has been reported, or depends on one.
  case poisoned
}

/// One ONNX node as a builder sees it: operands, attributes, opset, and the graph to append to.
struct NodeContext {
  let node: Onnx_NodeProto
  let name: String
  let opset: Int
  let attributes: Attributes
  let inputs: [Binding?]
  let builder: GraphBuilder
  let decoder: TensorDecoder

  var outputCount: Int { node.output.count }

  func hasInput(_ index: Int) -> Bool { index < inputs.count && inputs[index] != nil }

  /// The names ONNX gives an operand in messages.
  private func operandName(_ index: Int) -> String {
    index < node.input.count && !node.input[index].isEmpty
      ? "operand \(index) ('\(node.input[index])')" : "operand \(index)"
  }

  func optional(_ index: Int) throws(NodeFailure) -> Graph.ValueID? {
    guard index < inputs.count, let binding = inputs[index] else { return nil }
    switch binding {
    case .value(let id): return id
    case .unavailable(let reason): throw NodeFailure("\(operandName(index)) is \(reason)")
    case .sequence: throw NodeFailure("\(operandName(index)) is a sequence; a tensor is expected")
    case .absent: return nil
    case .poisoned: throw NodeFailure("\(operandName(index)) could not be imported")
    }
  }

  func required(_ index: Int) throws(NodeFailure) -> Graph.ValueID {
    guard let id = try optional(index) else {
      throw NodeFailure("\(operandName(index)) is missing")
    }
    return id
  }

  func sequence(_ index: Int) throws(NodeFailure) -> [Graph.ValueID] {
    guard index < inputs.count, case .sequence(let ids) = inputs[index] else {
      throw NodeFailure("\(operandName(index)) is not a sequence")
    }
    return ids
  }

  /// All operands, none of which may be left out.
  func allInputs() throws(NodeFailure) -> [Graph.ValueID] {
    var ids: [Graph.ValueID] = []
    for index in inputs.indices { ids.append(try required(index)) }
    guard !ids.isEmpty else { throw NodeFailure("it has no operands") }
    return ids
  }

  func shape(_ id: Graph.ValueID) -> [Int] { builder.graph.values[id].shape }
  func elementType(_ id: Graph.ValueID) -> ElementType { builder.graph.values[id].elementType }

  /// A constant operand, or nil where it is left out.
  func tensor(_ index: Int) throws(NodeFailure) -> Tensor? {
    guard let id = try optional(index) else { return nil }
    guard let constant = builder.graph.values[id].constant else {
      throw NodeFailure(
        "\(operandName(index)) depends on the model's input; it must be constant",
        remedy: "export with static shapes and constant parameters")
    }
    return constant
  }

  /// A constant operand of integers, or nil where it is left out.
  func integers(_ index: Int) throws(NodeFailure) -> [Int]? {
    guard let tensor = try tensor(index) else { return nil }
    guard let values = tensor.integers else {
      throw NodeFailure("\(operandName(index)) holds floats; integers are expected")
    }
    return values
  }

  /// A constant operand of one number, or nil where it is left out.
  func scalar(_ index: Int) throws(NodeFailure) -> Float? {
    guard let tensor = try tensor(index) else { return nil }
    guard tensor.count == 1 else {
      throw NodeFailure("\(operandName(index)) has shape \(tensor.shape); a scalar is expected")
    }
    return tensor.floats?[0] ?? tensor.integers.map { Float($0[0]) }
  }

  /// Integers that opsets before `opset` give as an attribute and later ones as an operand.
  func integers(
    attribute: String, orInput index: Int, since opset: Int
  ) throws(NodeFailure) -> [Int]? {
    self.opset < opset ? try attributes.ints(attribute) : try integers(index)
  }

  /// An axis counted from the front.
  func axis(_ axis: Int, rank: Int) throws(NodeFailure) -> Int {
    guard axis >= -rank, axis < rank else {
      throw NodeFailure("axis \(axis) is out of range for a tensor of rank \(rank)")
    }
    return axis < 0 ? axis + rank : axis
  }

  /// Axes counted from the front, each given once.
  func axes(_ axes: [Int], rank: Int) throws(NodeFailure) -> [Int] {
    var result: [Int] = []
    for axis in axes {
      let axis = try self.axis(axis, rank: rank)
      guard !result.contains(axis) else { throw NodeFailure("axis \(axis) is given twice") }
      result.append(axis)
    }
    return result
  }

  /// Fails unless there are as many values as expected.
  func check(_ what: String, _ values: [Int], count: Int) throws(NodeFailure) {
    guard values.count == count else {
      throw NodeFailure("\(what) \(values) has \(values.count) values; \(count) are expected")
    }
  }

  func constant(_ tensor: Tensor) -> Graph.ValueID {
    builder.addConstant(tensor, name: "\(name)#constant")
  }

  func constant(_ value: Float) -> Graph.ValueID { constant(Tensor(shape: [], [value])) }

  /// The only result of `op`.
  func emit(_ op: Operator, _ inputs: Graph.ValueID?...) throws(NodeFailure) -> Graph.ValueID {
    try emitAll(op, inputs)[0]
  }

  func emitAll(_ op: Operator, _ inputs: [Graph.ValueID?]) throws(NodeFailure) -> [Graph.ValueID] {
    try builder.emit(op, inputs, name: name)
  }

  /// `value` in another shape of as many elements; the value itself where it has that shape already.
  func reshape(_ value: Graph.ValueID, _ shape: [Int]) throws(NodeFailure) -> Graph.ValueID {
    if self.shape(value) == shape { return value }
    _ = try elementCount(shape)
    return try emit(.reshape(shape: shape), value)
  }
}
