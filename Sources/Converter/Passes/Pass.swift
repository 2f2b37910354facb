package import SwiftletGraph

/// A rewrite of the float graph that keeps its outputs.
///
/// The driver offers every node to the pass, applies the patch it returns, removes what nothing reads any more, checks
/// the graph, and repeats until nothing changes.
package protocol Pass: Sendable {
  /// Returns what takes the node's place, or nil to leave it.
  func rewrite(_ node: Graph.Node, in context: inout PassContext) -> Patch?
}

extension Pass {
  package var name: String { String(describing: Self.self) }
}

/// What takes a node's place.
package struct Patch {
  /// Stand where the node stood. Together with the aliases they provide each of its outputs.
  package var nodes: [Graph.Node]
  /// Outputs of the node that another value stands in for.
  package var aliases: [Graph.ValueID: Graph.ValueID]

  package init(nodes: [Graph.Node] = [], aliases: [Graph.ValueID: Graph.ValueID] = [:]) {
    self.nodes = nodes
    self.aliases = aliases
  }

  /// One node of the same name and outputs in the place of another.
  init(replacing node: Graph.Node, by op: Operator, of inputs: [Graph.ValueID?]) {
    self.init(nodes: [.init(name: node.name, op: op, inputs: inputs, outputs: node.outputs)])
  }
}

/// A graph with the look-ups that patterns need.
package struct PassContext {
  package private(set) var graph: Graph
  private var producers: [Graph.ValueID: Int] = [:]
  private var consumers: [Graph.ValueID: [Int]] = [:]
  private var names: Set<String>

  package init(_ graph: Graph) {
    self.graph = graph
    names = Set(graph.values.map(\.name))
    index()
  }

  /// The node that computes a value, or nil for inputs and constants.
  package func producer(of value: Graph.ValueID?) -> Graph.Node? {
    guard let value, let position = producers[value] else { return nil }
    return graph.nodes[position]
  }

  /// Where a node stands in the graph.
  package func position(of node: Graph.Node) -> Int { producers[node.outputs[0]] ?? 0 }

  /// The nodes that read a value.
  package func consumers(of value: Graph.ValueID) -> [Graph.Node] {
    (consumers[value] ?? []).map { graph.nodes[$0] }
  }

  /// Whether exactly one operand in the graph is this value, and it is not an output.
  package func isReadOnce(_ value: Graph.ValueID) -> Bool {
    consumers[value]?.count == 1 && !graph.outputs.contains(value)
  }

  package func constant(_ value: Graph.ValueID?) -> Tensor? {
    value.flatMap { graph.values[$0].constant }
  }

  /// The elements of a constant float operand, or nil where a node has none.
  func floats(_ index: Int, of node: Graph.Node) -> [Float]? {
    index < node.inputs.count ? constant(node.inputs[index])?.floats : nil
  }

  /// The node with other constants as its operands 1 and 2: what it scales by, and its bias.
  mutating func replacing(
    _ scale: Tensor, _ bias: [Float], of node: Graph.Node, named name: String = "weights"
  ) -> Graph.Node {
    var replaced = node
    replaced.inputs = [
      node.inputs[0], addConstant(scale, name: "\(node.name).\(name)"),
      addConstant(Tensor(shape: [bias.count], bias), name: node.name + ".bias"),
    ]
    return replaced
  }

  /// The one element of a constant float scalar.
  package func scalar(_ value: Graph.ValueID?) -> Float? {
    guard let floats = constant(value)?.floats, floats.count == 1 else { return nil }
    return floats[0]
  }

  package func shape(_ value: Graph.ValueID) -> [Int] { graph.values[value].shape }

  /// For a node with two operands, the constant one and the other; nil unless exactly one is constant.
  package func splitConstant(_ node: Graph.Node) -> (value: Graph.ValueID, constant: Tensor)? {
    guard node.inputs.count == 2, let a = node.inputs[0], let b = node.inputs[1] else { return nil }
    switch (constant(a), constant(b)) {
    case (nil, let tensor?): return (a, tensor)
    case (let tensor?, nil): return (b, tensor)
    case (nil, nil), (.some, .some): return nil
    }
  }

  package mutating func addConstant(_ tensor: Tensor, name: String) -> Graph.ValueID {
    graph.addConstant(tensor, name: unused(name))
  }

  package mutating func addValue(name: String, shape: [Int]) -> Graph.ValueID {
    graph.addValue(.init(name: unused(name), shape: shape, elementType: .float))
  }

  /// The name, or with a number behind it where a value has it already.
  private mutating func unused(_ name: String) -> String {
    var candidate = name
    var number = 1
    while !names.insert(candidate).inserted {
      number += 1
      candidate = "\(name).\(number)"
    }
    return candidate
  }

  fileprivate mutating func apply(_ patch: Patch, at position: Int) {
    graph.nodes.replaceSubrange(position...position, with: patch.nodes)
    if !patch.aliases.isEmpty {
      for index in graph.nodes.indices {
        graph.nodes[index].inputs = graph.nodes[index].inputs.map { value in
          value.map { patch.aliases[$0] ?? $0 }
        }
      }
      graph.outputs = graph.outputs.map { patch.aliases[$0] ?? $0 }
    }
    removeDeadNodes()
    index()
  }

  private mutating func removeDeadNodes() {
    var live = Set(graph.outputs)
    var kept: [Graph.Node] = []
    for node in graph.nodes.reversed() where node.outputs.contains(where: live.contains) {
      kept.append(node)
      live.formUnion(node.inputs.compactMap { $0 })
    }
    graph.nodes = kept.reversed()
  }

  private mutating func index() {
    producers.removeAll(keepingCapacity: true)
    consumers.removeAll(keepingCapacity: true)
    for (position, node) in graph.nodes.enumerated() {
      for output in node.outputs { producers[output] = position }
      for input in node.inputs { input.map { consumers[$0, default: []].append(position) } }
    }
  }
}

/// The passes in the order in which they run.
package enum PassPipeline {
  package static let standard: [any Pass] = [
    // As exporters write it, before differences and quotients become sums and products.
    DropFinalSoftmax(),
    // Of nothing that follows: it only brings a convolution next to what computes its input.
    FoldPadding(),
    // Written with a difference and a quotient, which the next pass turns into sums and products.
    FuseLayerNorm(),
    // The other patterns are written for multiplication and addition only.
    NormalizeArithmetic(),
    FormClips(),
    FormMaxPool(),
    FoldLayerNorm(),
    // Before scalars are merged: the patterns contain scalars of their own.
    FuseGELU(),
    FuseSiLU(),
    MergeScalars(),
    // Linear layers take up what surrounds them, so they must be known first.
    FormLinear(),
    // The scale of the logits may stand anywhere between Q, K and the softmax: it is moved next to the attention first.
    TransposeAttention(),
    FuseAttention(),
    HoistScalars(),
    FoldAttentionScale(),
    // What is left of constants and batch normalisation goes into weights.
    FoldBatchNorm(),
    FoldBatchNormForward(),
    FoldConstants(),
    // What no pattern has taken.
    FuseFunctions(),
  ]

  /// The graph without a softmax at its end: what is comparable between float models and programs.
  package static func logits(of graph: Graph) -> Graph {
    (try? run([DropFinalSoftmax()], on: graph)) ?? graph
  }

  /// Runs the passes; the graph is checked after each patch.
  package static func run(_ passes: [any Pass] = standard, on graph: Graph) throws -> Graph {
    var context = PassContext(graph)
    for pass in passes {
      var changed = true
      while changed {
        changed = false
        var position = 0
        while position < context.graph.nodes.count {
          let node = context.graph.nodes[position]
          if let patch = pass.rewrite(node, in: &context) {
            context.apply(patch, at: position)
            do { try context.graph.validate() } catch {
              throw ConversionError(
                "pass \(pass.name) at node \(node.name) broke the graph: \(error)")
            }
            changed = true
          } else {
            position += 1
          }
        }
      }
    }
    return context.graph
  }
}

extension Operator {
  /// Whether the operator lays the elements of its operand out anew, each of them once.
  var isRearrangement: Bool {
    if case .reshape = self { return true }
    if case .transpose = self { return true }
    return false
  }
}
