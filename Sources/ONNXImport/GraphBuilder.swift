import SwiftletGraph

/// Bounds on what a model may ask for: far above any real one, far below what would exhaust memory or overflow.
enum Limits {
  /// Elements of one tensor, and of all tensors that are computed during import together.
  static let elements = 1 << 28
  /// One dimension, pad, stride or other measure.
  static let extent = 1 << 31
  static let rank = 16
  /// Nodes visited, with the bodies of functions counted at every call.
  static let nodes = 1 << 20
  /// Calls within calls, and branches within branches.
  static let depth = 32
}

/// Appends nodes to a graph, infers their shapes, and computes at once what depends on constants only.
final class GraphBuilder {
  var graph = Graph()
  private var names: Set<String> = []
  private var foldedElements = 0

  func addValue(
    name: String, shape: [Int], elementType: ElementType, constant: Tensor? = nil
  ) -> Graph.ValueID {
    graph.addValue(
      .init(name: unique(name), shape: shape, elementType: elementType, constant: constant))
  }

  func addConstant(_ tensor: Tensor, name: String) -> Graph.ValueID {
    addValue(name: name, shape: tensor.shape, elementType: tensor.elementType, constant: tensor)
  }

  func rename(_ id: Graph.ValueID, _ name: String) {
    if graph.values[id].name == name { return }
    names.remove(graph.values[id].name)
    graph.values[id].name = unique(name)
  }

  private func unique(_ name: String) -> String {
    if names.insert(name).inserted { return name }
    var suffix = 2
    while !names.insert("\(name)#\(suffix)").inserted { suffix += 1 }
    return "\(name)#\(suffix)"
  }

  /// The results of `op`: constants where all operands are, otherwise the outputs of a new node.
  func emit(
    _ op: Operator, _ inputs: [Graph.ValueID?], name: String
  ) throws(NodeFailure) -> [Graph.ValueID] {
    let operands = inputs.compactMap { $0 }
    let temporary = "\(name)#\(graph.values.count)"
    if !operands.isEmpty, operands.allSatisfy({ graph.values[$0].constant != nil }) {
      return try fold(op, inputs).map { addConstant($0, name: temporary) }
    }
    let outputs = try infer(op, inputs).map { output in
      addValue(name: temporary, shape: output.shape, elementType: output.elementType)
    }
    graph.nodes.append(.init(name: name, op: op, inputs: inputs, outputs: outputs))
    return outputs
  }

  private func fold(_ op: Operator, _ inputs: [Graph.ValueID?]) throws(NodeFailure) -> [Tensor] {
    // The shapes of these depend on the values of their operands; their builders bound them.
    if op != .nonZero, op != .range {
      for output in try infer(op, inputs) { try spend(elementCount(output.shape)) }
    }
    do throws(GraphError) {
      return try op.evaluate(inputs.map { $0.flatMap { graph.values[$0].constant } })
    } catch {
      throw NodeFailure("\(error)")
    }
  }

  private func infer(
    _ op: Operator, _ inputs: [Graph.ValueID?]
  ) throws(NodeFailure) -> [ValueInfo] {
    let infos = inputs.map { id in
      id.map { ValueInfo(shape: graph.values[$0].shape, elementType: graph.values[$0].elementType) }
    }
    let outputs: [ValueInfo]
    do throws(GraphError) {
      outputs = try op.inferOutputs(infos)
    } catch {
      throw NodeFailure("\(error)")
    }
    for output in outputs { _ = try elementCount(output.shape) }
    return outputs
  }

  /// Counts elements against what a whole import may compute.
  func spend(_ count: Int) throws(NodeFailure) {
    foldedElements += count
    guard foldedElements <= Limits.elements else {
      throw NodeFailure(
        "the constants computed so far would hold more than \(Limits.elements) elements",
        remedy: "simplify the model (onnxsim) before importing it")
    }
  }
}

/// The number of elements of a tensor of this shape, which must be one that can be held.
func elementCount(_ shape: [Int]) throws(NodeFailure) -> Int {
  guard shape.count <= Limits.rank else {
    throw NodeFailure("a tensor of rank \(shape.count) is over the limit of \(Limits.rank)")
  }
  guard let count = Shapes.count(shape) else {
    throw NodeFailure("no tensor can have the shape \(shape)")
  }
  guard count <= Limits.elements, shape.allSatisfy({ $0 <= Limits.extent }) else {
    throw NodeFailure("a tensor of shape \(shape) is over the limit of \(Limits.elements) elements")
  }
  return count
}
