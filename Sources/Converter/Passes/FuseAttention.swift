import SwiftletGraph

/// V softmax(...)T becomes (softmax(...) VT)T: channel-first attention comes to the form that `FuseAttention` knows.
struct TransposeAttention: Pass {
  func rewrite(_ node: Graph.Node, in context: inout PassContext) -> Patch? {
    guard case .matMul = node.op, let values = node.inputs[0], let transposed = node.inputs[1],
      let turn = context.producer(of: transposed), case .transpose(let permutation) = turn.op,
      let probabilities = turn.inputs[0],
      case .softmax? = context.producer(of: probabilities)?.op,
      permutation == Self.swapped(permutation.count),
      context.shape(values).count == permutation.count
    else { return nil }
    let output = node.outputs[0]
    func turned(_ value: Graph.ValueID) -> Graph.ValueID {
      context.addValue(
        name: context.graph.values[value].name + ".transposed",
        shape: permutation.map { context.shape(value)[$0] })
    }
    let (tokens, product) = (turned(values), turned(output))
    let op = Operator.transpose(permutation: permutation)
    return Patch(nodes: [
      .init(name: node.name + ".values", op: op, inputs: [values], outputs: [tokens]),
      .init(name: node.name, op: .matMul, inputs: [probabilities, tokens], outputs: [product]),
      .init(name: node.name + ".output", op: op, inputs: [product], outputs: [output]),
    ])
  }

  /// The permutation that exchanges the last two axes.
  static func swapped(_ rank: Int) -> [Int] {
    guard rank > 1 else { return Array(0..<rank) }
    var permutation = Array(0..<rank)
    permutation.swapAt(rank - 1, rank - 2)
    return permutation
  }
}

/// softmax(Q KT * scale + bias) V becomes one attention node, whatever stands in which order between the products.
struct FuseAttention: Pass {
  func rewrite(_ node: Graph.Node, in context: inout PassContext) -> Patch? {
    guard case .matMul = node.op, let probabilities = node.inputs[0], let value = node.inputs[1],
      context.isReadOnce(probabilities), let softmax = context.producer(of: probabilities),
      case .softmax(let axis) = softmax.op, axis == context.shape(probabilities).count - 1,
      let logits = softmax.inputs[0], let found = logitsChain(from: logits, in: context),
      context.shape(value).count == context.shape(probabilities).count
    else { return nil }

    let keyShape = context.shape(found.transposedKey)
    let rank = keyShape.count
    guard rank == context.shape(found.query).count, rank == context.shape(value).count else {
      return nil
    }
    let permutation = TransposeAttention.swapped(rank)
    let key = context.addValue(
      name: context.graph.values[found.transposedKey].name + ".transposed",
      shape: permutation.map { keyShape[$0] })
    var inputs: [Graph.ValueID?] = [found.query, key, value]
    if let bias = found.bias {
      inputs.append(context.addConstant(bias, name: node.name + ".bias"))
    }
    return Patch(nodes: [
      .init(
        name: node.name + ".key", op: .transpose(permutation: permutation),
        inputs: [found.transposedKey], outputs: [key]),
      .init(
        name: softmax.name, op: .attention(scale: found.scale), inputs: inputs,
        outputs: node.outputs),
    ])
  }

  private struct Chain {
    var query: Graph.ValueID
    var transposedKey: Graph.ValueID
    var scale: Float
    var bias: Tensor?
  }

  /// Walks from the softmax's input back to Q KT through constant sums, scalar products and reshapes of the leading axes.
  private func logitsChain(from logits: Graph.ValueID, in context: PassContext) -> Chain? {
    var value = logits
    var scale: Float = 1
    var bias: Tensor?
    while true {
      guard context.isReadOnce(value), let node = context.producer(of: value) else { return nil }
      if let (inner, scalar) = context.scalarProduct(node) {
        scale *= scalar
        value = inner
      } else if case .binary(.add) = node.op {
        guard let (inner, constant) = context.splitConstant(node),
          context.shape(inner) == context.shape(value), let floats = constant.floats
        else { return nil }
        let term = Tensor(shape: constant.shape, floats.map { $0 * scale })
        guard let sum = add(term, to: bias) else { return nil }
        bias = sum
        value = inner
      } else if case .reshape = node.op {
        guard let inner = node.inputs[0],
          context.shape(inner).suffix(2) == context.shape(value).suffix(2)
        else { return nil }
        if let current = bias {
          guard let full = try? Operator.expand(shape: context.shape(value)).evaluate([current]),
            let floats = full[0].floats
          else { return nil }
          bias = Tensor(shape: context.shape(inner), floats)
        }
        value = inner
      } else {
        guard case .matMul = node.op, let query = node.inputs[0], let key = node.inputs[1],
          context.constant(query) == nil, context.constant(key) == nil
        else { return nil }
        return Chain(query: query, transposedKey: key, scale: scale, bias: bias)
      }
    }
  }

  private func add(_ term: Tensor, to bias: Tensor?) -> Tensor? {
    guard let bias else { return term }
    return (try? Operator.binary(.add).evaluate([bias, term]))?.first
  }
}

/// A scalar that multiplies an attention's query or key joins its scale.
struct FoldAttentionScale: Pass {
  func rewrite(_ node: Graph.Node, in context: inout PassContext) -> Patch? {
    guard case .attention(let scale) = node.op else { return nil }
    for index in 0..<2 {
      guard let product = context.producer(of: node.inputs[index]),
        let (x, scalar) = context.scalarProduct(product)
      else { continue }
      var inputs = node.inputs
      inputs[index] = x
      return Patch(replacing: node, by: .attention(scale: scale * scalar), of: inputs)
    }
    return nil
  }
}
