import SwiftletGraph

extension Graph {
  /// Drops the nodes and values that no output depends on. Inputs stay.
  mutating func removeDeadNodes() {
    var isLive = [Bool](repeating: false, count: values.count)
    for id in inputs + outputs { isLive[id] = true }
    var liveNodes: [Node] = []
    for node in nodes.reversed() where node.outputs.contains(where: { isLive[$0] }) {
      for id in node.inputs.compactMap({ $0 }) + node.outputs { isLive[id] = true }
      liveNodes.append(node)
    }

    var newID = [Int](repeating: 0, count: values.count)
    var liveValues: [Value] = []
    for (id, value) in values.enumerated() where isLive[id] {
      newID[id] = liveValues.count
      liveValues.append(value)
    }
    values = liveValues
    inputs = inputs.map { newID[$0] }
    outputs = outputs.map { newID[$0] }
    nodes = liveNodes.reversed().map { node in
      var node = node
      node.inputs = node.inputs.map { $0.map { newID[$0] } }
      node.outputs = node.outputs.map { newID[$0] }
      return node
    }
  }
}
