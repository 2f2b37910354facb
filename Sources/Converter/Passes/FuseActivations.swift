import SwiftletGraph

/// x / c and x - c with a constant c become x * (1 / c) and x + (-c); x - y becomes x + (-y).
struct NormalizeArithmetic: Pass {
  func rewrite(_ node: Graph.Node, in context: inout PassContext) -> Patch? {
    guard case .binary(let operation) = node.op, node.inputs.count == 2, let y = node.inputs[1]
    else { return nil }
    let constant = context.constant(y)
    var node = node
    if operation == .divide, let constant {
      guard let values = constant.floats, !values.contains(0) else { return nil }
      func factor(_ name: String, _ value: (Float) -> Float) -> Graph.ValueID {
        context.addConstant(
          Tensor(shape: constant.shape, values.map(value)), name: node.name + "." + name)
      }
      node.op = .binary(.multiply)
      guard values.contains(where: { (1 / $0).isInfinite }) else {
        node.inputs[1] = factor("constant") { 1 / $0 }
        return Patch(nodes: [node])
      }
      // The reciprocal of a denormal number is out of float32's range; as two factors it is not.
      let enlarged = context.addValue(
        name: context.graph.values[node.outputs[0]].name + ".enlarged",
        shape: context.shape(node.outputs[0]))
      let first = Graph.Node(
        name: node.name + ".enlarge", op: .binary(.multiply),
        inputs: [node.inputs[0], factor("power") { _ in 0x1p100 }], outputs: [enlarged])
      node.inputs = [enlarged, factor("constant") { 1 / ($0 * 0x1p100) }]
      return Patch(nodes: [first, node])
    } else if operation == .subtract, let constant {
      guard let values = constant.floats else { return nil }
      node.op = .binary(.add)
      node.inputs[1] = context.addConstant(
        Tensor(shape: constant.shape, values.map { -$0 }), name: node.name + ".constant")
    } else if operation == .subtract {
      let negated = context.addValue(
        name: context.graph.values[y].name + ".negated", shape: context.shape(y))
      node.op = .binary(.add)
      node.inputs[1] = negated
      return Patch(nodes: [
        .init(name: node.name + ".negate", op: .unary(.negate), inputs: [y], outputs: [negated]),
        node,
      ])
    } else {
      return nil
    }
    return Patch(nodes: [node])
  }
}

/// x * (1 + erf(x / sqrt 2)) * 0.5, in any order and with or without the 0.5, becomes GELU (times 2 without it).
struct FuseGELU: Pass {
  func rewrite(_ node: Graph.Node, in context: inout PassContext) -> Patch? {
    guard case .binary(.multiply) = node.op else { return nil }
    var factors: [Graph.ValueID] = []
    var scale: Float = 1
    collectFactors(of: node, in: context, into: &factors, scale: &scale)
    guard factors.count == 2 else { return nil }
    for (x, gate) in [(factors[0], factors[1]), (factors[1], factors[0])]
    where isErfGate(gate, of: x, in: context) {
      let shape = context.shape(node.outputs[0])
      guard shape == context.shape(x) else { return nil }
      if scale == 0.5 {
        return Patch(replacing: node, by: .unary(.gelu), of: [x])
      }
      let gelu = context.addValue(name: context.graph.values[x].name + ".gelu", shape: shape)
      let factor = context.addConstant(Tensor(shape: [], [2 * scale]), name: node.name + ".factor")
      return Patch(nodes: [
        .init(name: node.name + ".gelu", op: .unary(.gelu), inputs: [x], outputs: [gelu]),
        .init(
          name: node.name, op: .binary(.multiply), inputs: [gelu, factor], outputs: node.outputs),
      ])
    }
    return nil
  }

  /// Flattens nested products; inner ones only where nothing else reads them.
  private func collectFactors(
    of node: Graph.Node, in context: PassContext, into factors: inout [Graph.ValueID],
    scale: inout Float
  ) {
    for case let input? in node.inputs {
      if let scalar = context.scalar(input) {
        scale *= scalar
      } else if factors.count < 3, context.isReadOnce(input),
        let inner = context.producer(of: input),
        case .binary(.multiply) = inner.op
      {
        collectFactors(of: inner, in: context, into: &factors, scale: &scale)
      } else {
        factors.append(input)
      }
    }
  }

  private func isErfGate(
    _ gate: Graph.ValueID, of x: Graph.ValueID, in context: PassContext
  ) -> Bool {
    guard let add = context.producer(of: gate), case .binary(.add) = add.op,
      let (erfOutput, one) = context.splitConstant(add), one.floats == [1],
      let erf = context.producer(of: erfOutput), case .unary(.erf) = erf.op,
      let scaled = context.producer(of: erf.inputs[0]), case .binary(.multiply) = scaled.op,
      let (inner, factor) = context.splitConstant(scaled), let factor = factor.floats,
      factor.count == 1
    else { return false }
    return inner == x && abs(factor[0] - Float(0.5).squareRoot()) < 1e-4
  }
}

/// x * sigmoid(x) becomes SiLU, x * hardSigmoid(x) with a slope of 1/6 becomes hard-swish.
struct FuseSiLU: Pass {
  func rewrite(_ node: Graph.Node, in context: inout PassContext) -> Patch? {
    guard case .binary(.multiply) = node.op, let a = node.inputs[0], let b = node.inputs[1] else {
      return nil
    }
    for (x, gate) in [(a, b), (b, a)] {
      guard let producer = context.producer(of: gate), producer.inputs.first == x,
        case .unary(let function) = producer.op, let fused = Self.product(with: function)
      else { continue }
      return Patch(replacing: node, by: .unary(fused), of: [x])
    }
    return nil
  }

  /// x times the function of x, where that is a function of its own.
  private static func product(with gate: Unary) -> Unary? {
    if case .hardSigmoid(let alpha, let beta) = gate, abs(alpha - 1 / 6) < 1e-5, beta == 0.5 {
      return .hardSwish
    }
    return gate == .sigmoid ? .silu : nil
  }
}
