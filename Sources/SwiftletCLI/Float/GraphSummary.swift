import SwiftletGraph

/// A float graph as `inspect --json` prints it.
struct GraphSummary: Encodable {
  struct Value: Encodable {
    var name: String
    var shape: [Int]
  }
  struct Node: Encodable {
    var name: String
    var text: String
  }

  var inputs: [Value]
  var outputs: [Value]
  var nodes: [Node]
  var metadata: [String: String]

  init(_ graph: Graph) {
    func value(_ id: Graph.ValueID) -> Value {
      Value(name: graph.values[id].name, shape: graph.values[id].shape)
    }
    inputs = graph.inputs.map(value)
    outputs = graph.outputs.map(value)
    nodes = graph.nodes.map { Node(name: $0.name, text: graph.text($0)) }
    metadata = graph.metadata
  }
}
