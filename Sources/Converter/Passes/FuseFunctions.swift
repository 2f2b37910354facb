import SwiftletGraph

/// max(x, c) and min(x, c) with a constant scalar become clips, and a clip of a clip one clip.
struct FormClips: Pass {
  func rewrite(_ node: Graph.Node, in context: inout PassContext) -> Patch? {
    if let (value, limits) = bounds(of: node, in: context) {
      return clip(of: value, limits, like: node)
    }
    guard case .unary(let function) = node.op, let limits = function.limits,
      let inner = context.producer(of: node.inputs[0]), context.isReadOnce(inner.outputs[0]),
      case .unary(let innermost) = inner.op, let within = innermost.limits,
      let argument = inner.inputs[0]
    else { return nil }
    // The outer limits win where the inner ones lie outside of them.
    func limited(_ x: Float) -> Float { min(max(x, limits.low), limits.high) }
    return clip(of: argument, (limited(within.low), limited(within.high)), like: node)
  }

  /// The value and the limits of a maximum or minimum with a constant scalar.
  private func bounds(
    of node: Graph.Node, in context: PassContext
  ) -> (value: Graph.ValueID, limits: (low: Float, high: Float))? {
    guard case .binary(let operation) = node.op, operation == .maximum || operation == .minimum,
      let (value, constant) = context.splitConstant(node), let bounds = constant.floats,
      bounds.count == 1, !bounds[0].isNaN,
      context.shape(value) == context.shape(node.outputs[0])
    else { return nil }
    return (value, operation == .maximum ? (bounds[0], .infinity) : (-.infinity, bounds[0]))
  }

  private func clip(
    of value: Graph.ValueID, _ limits: (low: Float, high: Float), like node: Graph.Node
  ) -> Patch {
    let function: Unary =
      limits == (0, .infinity) ? .relu : .clip(low: limits.low, high: limits.high)
    return Patch(replacing: node, by: .unary(function), of: [value])
  }
}

/// Elementwise operators that together are a function of one value become that function, where one of them alone has no
/// instruction, or where several read one value.
struct FuseFunctions: Pass {
  /// A table holds any function; this bounds what is looked at.
  private static let maximumSteps = 64

  /// Elementwise nodes in their order, and the one value that they compute their last one's output of.
  private struct Closure {
    var nodes: [Graph.Node]
    var argument: Graph.ValueID
  }

  func rewrite(_ node: Graph.Node, in context: inout PassContext) -> Patch? {
    guard let closure = closure(of: node, in: context) else { return nil }
    let reads = closure.nodes.flatMap(\.inputs).compactMap { $0 }
      .filter { context.constant($0) == nil }
    guard reads.count > Set(reads).count || closure.nodes.contains(where: needsTable),
      !isInner(node, in: context)
    else { return nil }
    var steps: [ScalarFunction.Step] = []
    var indices: [Graph.ValueID: Int] = [:]
    func operand(_ value: Graph.ValueID?) -> ScalarFunction.Operand {
      if let scalar = context.scalar(value) { return .constant(scalar) }
      return value.flatMap { indices[$0] }.map { .step($0) } ?? .argument
    }
    for node in closure.nodes {
      guard let step = step(of: node, operand) else { return nil }
      steps.append(step)
      indices[node.outputs[0]] = steps.count - 1
    }
    let function = Unary.composed(ScalarFunction(steps: steps))
    return Patch(replacing: node, by: .unary(function), of: [closure.argument])
  }

  /// What a node does to one element of each operand; nil where it is not such a function.
  private func step(
    of node: Graph.Node, _ operand: (Graph.ValueID?) -> ScalarFunction.Operand
  ) -> ScalarFunction.Step? {
    if case .binary(let function) = node.op {
      return .binary(function, operand(node.inputs[0]), operand(node.inputs[1]))
    }
    guard case .unary(let function) = node.op else { return nil }
    if case .composed = function { return nil }
    return .unary(function, operand(node.inputs[0]))
  }

  /// Whether a node alone has no instruction.
  private func needsTable(_ node: Graph.Node) -> Bool {
    guard case .binary(let operation) = node.op else { return false }
    return operation != .add && operation != .multiply
  }

  /// Whether a node combines values of one shape and scalars, element by element.
  private func isElementwise(_ node: Graph.Node, in context: PassContext) -> Bool {
    guard step(of: node, { _ in .argument }) != nil else { return false }
    let shape = context.shape(node.outputs[0])
    let values = node.inputs.compactMap { $0 }.filter { context.scalar($0) == nil }
    return context.graph.values[node.outputs[0]].elementType == .float && !values.isEmpty
      && values.allSatisfy { context.shape($0) == shape && context.constant($0) == nil }
  }

  /// The node and as many of the elementwise ones in front of it as only it reads, so that one value goes into them.
  private func closure(of root: Graph.Node, in context: PassContext) -> Closure? {
    guard isElementwise(root, in: context) else { return nil }
    var nodes = [root]
    var outputs = Set(root.outputs)
    var found: Closure?
    while nodes.count < Self.maximumSteps {
      let leaves = Set(nodes.flatMap(\.inputs).compactMap { $0 })
        .filter { !outputs.contains($0) && context.constant($0) == nil }
      if leaves.count == 1, let argument = leaves.first {
        found = Closure(nodes: nodes.reversed(), argument: argument)
      }
      // The last of the nodes in front, so that one value is met before what computes it.
      let next = leaves.compactMap { context.producer(of: $0) }
        .max { context.position(of: $0) < context.position(of: $1) }
      guard let next, isElementwise(next, in: context),
        !context.graph.outputs.contains(next.outputs[0]),
        context.consumers(of: next.outputs[0]).allSatisfy({ outputs.contains($0.outputs[0]) })
      else { break }
      nodes.append(next)
      outputs.formUnion(next.outputs)
    }
    return found
  }

  /// Whether the node is in the closure of one behind it.
  private func isInner(_ node: Graph.Node, in context: PassContext) -> Bool {
    var next = context.consumers(of: node.outputs[0])
    var seen: Set<Graph.ValueID> = []
    while let root = next.popLast(), seen.count < Self.maximumSteps {
      guard isElementwise(root, in: context), seen.insert(root.outputs[0]).inserted else {
        continue
      }
      if closure(of: root, in: context)?.nodes.contains(where: { $0.outputs == node.outputs })
        == true
      {
        return true
      }
      next += context.consumers(of: root.outputs[0])
    }
    return false
  }
}
