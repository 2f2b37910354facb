import SwiftletGraph

/// max(x, c) and min(x, c) with a constant scalar become clips, and a clip of a clip one clip.
struct FormClips: Pass {
  func rewrite(_ node: Graph.Node, in context: inout PassContext) -> Patch? {
    if let (value, low, high) = limits(of: node, in: context) {
      if case .unary = node.op {
        guard let inner = context.producer(of: value), context.isReadOnce(value),
          case .unary(let function) = inner.op, let within = function.limits,
          let argument = inner.inputs[0]
        else { return nil }
        // The outer limits win where the inner ones lie outside of them.
        func limited(_ x: Float) -> Float { min(max(x, low), high) }
        return clip(
          of: argument, limited(within.low), limited(within.high), like: node)
      }
      return clip(of: value, low, high, like: node)
    }
    return nil
  }

  private func limits(
    of node: Graph.Node, in context: PassContext
  ) -> (value: Graph.ValueID, low: Float, high: Float)? {
    switch node.op {
    case .unary(let function):
      guard let limits = function.limits, let value = node.inputs[0] else { return nil }
      return (value, limits.low, limits.high)
    case .binary(let operation) where operation == .maximum || operation == .minimum:
      guard let (value, constant) = context.splitConstant(node), let bounds = constant.floats,
        bounds.count == 1, !bounds[0].isNaN,
        context.shape(value) == context.shape(node.outputs[0])
      else { return nil }
      return operation == .maximum
        ? (value, bounds[0], .infinity) : (value, -.infinity, bounds[0])
    default: return nil
    }
  }

  private func clip(
    of value: Graph.ValueID, _ low: Float, _ high: Float, like node: Graph.Node
  ) -> Patch {
    let function: Unary = low == 0 && high == .infinity ? .relu : .clip(low: low, high: high)
    return Patch(nodes: [
      .init(name: node.name, op: .unary(function), inputs: [value], outputs: node.outputs)
    ])
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
      switch node.op {
      case .unary(let function): steps.append(.unary(function, operand(node.inputs[0])))
      case .binary(let function):
        steps.append(.binary(function, operand(node.inputs[0]), operand(node.inputs[1])))
      default: return nil
      }
      indices[node.outputs[0]] = steps.count - 1
    }
    let function = Unary.composed(ScalarFunction(steps: steps))
    return Patch(nodes: [
      .init(
        name: node.name, op: .unary(function), inputs: [closure.argument], outputs: node.outputs)
    ])
  }

  /// Whether a node alone has no instruction.
  private func needsTable(_ node: Graph.Node) -> Bool {
    guard case .binary(let operation) = node.op else { return false }
    return operation != .add && operation != .multiply
  }

  /// Whether a node combines values of one shape and scalars, element by element.
  private func isElementwise(_ node: Graph.Node, in context: PassContext) -> Bool {
    switch node.op {
    case .unary(.composed): return false
    case .unary, .binary: break
    default: return false
    }
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
