import SwiftletGraph

/// MatMul and Gemm with a constant right operand become linear layers; a constant row added to one becomes its bias.
struct FormLinear: Pass {
  func rewrite(_ node: Graph.Node, in context: inout PassContext) -> Patch? {
    if case .matMul = node.op { return fromMatMul(node, in: context) }
    if case .gemm(let gemm) = node.op { return fromGemm(gemm, node, in: &context) }
    return withBias(node, in: &context)
  }

  private func fromMatMul(_ node: Graph.Node, in context: PassContext) -> Patch? {
    guard context.constant(node.inputs[0]) == nil,
      let weights = context.constant(node.inputs[1]), weights.shape.count == 2
    else { return nil }
    return Patch(replacing: node, by: .linear, of: node.inputs)
  }

  private func fromGemm(
    _ gemm: Gemm, _ node: Graph.Node, in context: inout PassContext
  ) -> Patch? {
    guard !gemm.transposesA, let x = node.inputs[0], context.constant(x) == nil,
      let weights = context.constant(node.inputs[1]), let values = weights.floats,
      weights.shape.count == 2
    else { return nil }
    let (depth, columns) =
      gemm.transposesB
      ? (weights.shape[1], weights.shape[0]) : (weights.shape[0], weights.shape[1])
    var scaled = [Float](repeating: 0, count: values.count)
    for k in 0..<depth {
      for n in 0..<columns {
        scaled[k * columns + n] =
          gemm.alpha * (gemm.transposesB ? values[n * depth + k] : values[k * columns + n])
      }
    }
    var inputs: [Graph.ValueID?] = [
      x,
      context.addConstant(
        Tensor(shape: [depth, columns], scaled), name: node.name + ".weights"),
    ]
    if node.inputs.count > 2, let c = node.inputs[2] {
      guard let bias = context.constant(c), let floats = bias.floats,
        floats.count == columns || floats.count == 1
      else { return nil }
      let row = (0..<columns).map { gemm.beta * floats[floats.count == 1 ? 0 : $0] }
      inputs.append(context.addConstant(Tensor(shape: [columns], row), name: node.name + ".bias"))
    }
    return Patch(replacing: node, by: .linear, of: inputs)
  }

  private func withBias(_ node: Graph.Node, in context: inout PassContext) -> Patch? {
    guard case .binary(.add) = node.op,
      let (product, constant) = context.splitConstant(node), context.isReadOnce(product),
      var linear = context.producer(of: product), case .linear = linear.op,
      let weights = context.constant(linear.inputs[1]),
      context.shape(product) == context.shape(node.outputs[0]),
      let row = constant.row(of: weights.shape[1])
    else { return nil }
    if linear.inputs.count > 2, linear.inputs[2] != nil { return nil }
    linear.inputs = [
      linear.inputs[0], linear.inputs[1],
      context.addConstant(Tensor(shape: [row.count], row), name: node.name + ".bias"),
    ]
    linear.outputs = node.outputs
    return Patch(nodes: [linear])
  }
}

extension Tensor {
  /// The values along the last axis if the tensor varies along no other, broadcast to `count`.
  func row(of count: Int) -> [Float]? {
    guard let floats else { return nil }
    if self.count == 1 { return Array(repeating: floats[0], count: count) }
    return self.count == count && shape.last == count ? floats : nil
  }

  /// The values along axis 1 of a `[N, C, ...]` operand of the given rank, broadcast to `count`.
  func channels(of count: Int, rank: Int) -> [Float]? {
    guard let floats else { return nil }
    if self.count == 1 { return Array(repeating: floats[0], count: count) }
    let axis = shape.count - (rank - 1)
    return self.count == count && axis >= 0 && axis < shape.count && shape[axis] == count
      ? floats : nil
  }
}
