/// The nodes that some names depend on, each behind those whose outputs it reads.
///
/// Files hold nodes in any order, and nodes that nothing reads. The given order is kept as far as that is possible; nodes on
/// a cycle are left for whoever reads them to report.
struct NodeOrder {
  private(set) var nodes: [Onnx_NodeProto] = []
  /// Every name that they read, and the names asked for.
  private(set) var names: Set<String>

  /// - Parameters:
  ///   - nodes: a graph's, a branch's or a function's.
  ///   - outputs: the names that are wanted.
  init(_ nodes: [Onnx_NodeProto], for outputs: [String]) {
    var producers: [String: [Int]] = [:]
    for (index, node) in nodes.enumerated() {
      for name in node.output where !name.isEmpty { producers[name, default: []].append(index) }
    }
    let reads = nodes.map { Array(Self.reads(of: $0)) }
    let dependencies = reads.map { $0.flatMap { producers[$0] ?? [] }.sorted() }

    var isLive = [Bool](repeating: false, count: nodes.count)
    var pending = outputs.flatMap { producers[$0] ?? [] }
    while let index = pending.popLast() {
      guard !isLive[index] else { continue }
      isLive[index] = true
      pending += dependencies[index]
    }

    names = Set(outputs)
    var isVisited = [Bool](repeating: false, count: nodes.count)
    for start in nodes.indices where isLive[start] && !isVisited[start] {
      // Depth first, with a stack of its own: a file's chain of nodes may be long.
      isVisited[start] = true
      var path = [(node: start, next: 0)]
      while let (index, next) = path.last {
        if next < dependencies[index].count {
          path[path.count - 1].next += 1
          let dependency = dependencies[index][next]
          if !isVisited[dependency] {
            isVisited[dependency] = true
            path.append((dependency, 0))
          }
        } else {
          self.nodes.append(nodes[index])
          names.formUnion(reads[index])
          path.removeLast()
        }
      }
    }
  }

  /// The names that a node reads, those that its branches take from around them included.
  private static func reads(of node: Onnx_NodeProto) -> Set<String> {
    var names = Set(node.input.filter { !$0.isEmpty })
    var graphs = node.attribute.flatMap { ($0.hasG ? [$0.g] : []) + $0.graphs }
    while let graph = graphs.popLast() {
      names.formUnion(graph.output.map(\.name))
      for inner in graph.node {
        names.formUnion(inner.input.filter { !$0.isEmpty })
        graphs += inner.attribute.flatMap { ($0.hasG ? [$0.g] : []) + $0.graphs }
      }
    }
    return names
  }
}
