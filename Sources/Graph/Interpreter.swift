internal import Synchronization

/// Executes a float graph node by node: the oracle of calibration, and `eval` of a float model.
///
/// Immutable, so that several threads may run it at once; each run takes a workspace, whose buffers
/// later runs use again.
package struct Interpreter: Sendable {
  package let graph: Graph
  package let threads: Int
  private let packed: [PackedWeights?]
  private let constants: [Tensor?]
  private let released: [[Graph.ValueID]]
  private let pool = WorkspacePool()

  /// Checks the graph and packs its weights; each run splits its work over `threads`.
  package init(_ graph: Graph, threads: Int = 1) throws(GraphError) {
    try graph.validate()
    self.graph = graph
    self.threads = threads
    constants = graph.values.map(\.constant)
    packed = graph.nodes.map { node in
      node.op.packedWeights(node.inputs.map { id in id.flatMap { graph.values[$0].constant } })
    }
    released = graph.lastUses()
  }

  /// The elements of all buffers that wait for the next runs.
  package var freeElements: Int { pool.freeElements }

  /// The graph's outputs for its inputs, in order.
  ///
  /// `observe` is called with every float value of `observing` as soon as it is known, graph inputs
  /// included; constants are not observed.
  package func run(
    _ inputs: [Tensor], observing: Set<Graph.ValueID> = [],
    observe: (Graph.ValueID, UnsafeBufferPointer<Float>) -> Void = { _, _ in }
  ) throws(GraphError) -> [Tensor] {
    let declared = graph.inputs.map { ValueInfo(graph.values[$0]) }
    guard inputs.map({ ValueInfo($0) }) == declared else {
      throw GraphError("inputs \(inputs.map { ValueInfo($0) }): the graph takes \(declared)")
    }
    let workspace = pool.take() ?? Workspace(threads: threads)
    defer {
      workspace.endRun()
      pool.give(workspace)
    }

    var values = constants
    func define(_ id: Graph.ValueID, _ tensor: Tensor) {
      values[id] = tensor
      if observing.contains(id), let floats = tensor.floats {
        floats.withUnsafeBufferPointer { observe(id, $0) }
      }
    }
    for (id, tensor) in zip(graph.inputs, inputs) { define(id, tensor) }
    for (index, node) in graph.nodes.enumerated() {
      let results: [Tensor]
      do {
        results = try node.op.evaluate(
          node.inputs.map { id in id.flatMap { values[$0] } }, packed: packed[index], in: workspace)
      } catch {
        throw GraphError("node \(node.name): \(error)")
      }
      for (id, tensor) in zip(node.outputs, results) { define(id, tensor) }
      for id in released[index] {
        let buffer = values[id]?.floats
        values[id] = nil
        if let buffer { workspace.recycle(buffer) }
      }
    }
    return graph.outputs.compactMap { values[$0] }
  }
}

/// Workspaces between runs.
private final class WorkspacePool: Sendable {
  // A workspace is in the list only while no thread uses it.
  private struct Free: @unchecked Sendable { var workspaces: [Workspace] = [] }
  private let free = Mutex(Free())

  var freeElements: Int {
    free.withLock { $0.workspaces.reduce(0) { $0 + $1.freeElements } }
  }

  func take() -> Workspace? { free.withLock { $0.workspaces.popLast() } }

  func give(_ workspace: Workspace) {
    let idle = Free(workspaces: [workspace])
    free.withLock { $0.workspaces += idle.workspaces }
  }
}

extension Graph {
  /// For every node, the values whose buffers are free after it.
  ///
  /// A reshape shares its operand's buffer, so that one stays until all that share it are used.
  /// Constants, inputs and outputs are never freed.
  fileprivate func lastUses() -> [[ValueID]] {
    var owner = Array(values.indices)
    var last = [Int](repeating: -1, count: values.count)
    var kept = Set(inputs)
    for (index, node) in nodes.enumerated() {
      if case .reshape = node.op, let source = node.inputs.first ?? nil {
        owner[node.outputs[0]] = owner[source]
      }
      for id in node.outputs + node.inputs.compactMap({ $0 }) { last[owner[id]] = index }
    }
    kept.formUnion(outputs.map { owner[$0] })
    var released = [[ValueID]](repeating: [], count: nodes.count)
    for id in values.indices where values[id].constant == nil && last[owner[id]] >= 0 {
      if kept.contains(owner[id]) || values[owner[id]].constant != nil { continue }
      // Those that share the buffer go first, so that the owner holds the only reference.
      if owner[id] == id {
        released[last[id]].append(id)
      } else {
        released[last[owner[id]]].insert(id, at: 0)
      }
    }
    return released
  }
}
