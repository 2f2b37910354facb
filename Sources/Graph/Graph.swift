/// A float graph in static single assignment: every value has one producer, a static shape, and a
/// name.
///
/// Nodes stand in topological order. A value whose `constant` is set has no producer.
package struct Graph: Sendable {
  /// The index of a value in `Graph.values`.
  package typealias ValueID = Int

  /// One tensor of the graph.
  package struct Value: Sendable {
    package var name: String
    package var shape: [Int]
    package var elementType: ElementType
    package var constant: Tensor?

    package init(name: String, shape: [Int], elementType: ElementType, constant: Tensor? = nil) {
      self.name = name
      self.shape = shape
      self.elementType = elementType
      self.constant = constant
    }
  }

  /// One operation: an operator applied to values.
  package struct Node: Sendable {
    package var name: String
    package var op: Operator
    /// The operands; nil where an optional one is left out.
    package var inputs: [ValueID?]
    package var outputs: [ValueID]

    package init(name: String, op: Operator, inputs: [ValueID?], outputs: [ValueID]) {
      self.name = name
      self.op = op
      self.inputs = inputs
      self.outputs = outputs
    }
  }

  package var values: [Value] = []
  package var nodes: [Node] = []
  package var inputs: [ValueID] = []
  package var outputs: [ValueID] = []
  /// The model's own key-value metadata.
  package var metadata: [String: String] = [:]

  package init() {}

  package mutating func addValue(_ value: Value) -> ValueID {
    values.append(value)
    return values.count - 1
  }

  package mutating func addConstant(_ tensor: Tensor, name: String) -> ValueID {
    addValue(
      Value(name: name, shape: tensor.shape, elementType: tensor.elementType, constant: tensor))
  }
}
