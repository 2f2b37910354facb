internal import CSwiftletFloat

extension Operator {
  /// Computes the operator: constant folding and the interpreter both run this.
  ///
  /// The outputs have the shapes of `inferOutputs`, where that is defined. Results do not depend on
  /// the instruction set or on the workspace's number of threads.
  package func evaluate(
    _ inputs: [Tensor?], in workspace: Workspace = Workspace()
  ) throws(GraphError) -> [Tensor] {
    try evaluate(inputs, packed: nil, in: workspace)
  }

  func evaluate(
    _ inputs: [Tensor?], packed: PackedWeights?, in workspace: Workspace
  ) throws(GraphError) -> [Tensor] {
    let infos = inputs.map { $0.map { ValueInfo($0) } }
    let evaluation = Evaluation(
      op: self, inputs: inputs, operands: Operands(op: self, infos: infos), packed: packed,
      workspace: workspace)
    switch self {
    case .range, .nonZero:
      try evaluation.operands.checkArity()
      return [try evaluation.valueDependent()]
    default:
      return try evaluation.outputs(try inferOutputs(infos))
    }
  }
}

/// One application of an operator to tensors whose shapes have passed inference.
struct Evaluation {
  let op: Operator
  let inputs: [Tensor?]
  let operands: Operands
  let packed: PackedWeights?
  let workspace: Workspace

  var kernels: swiftlet_float_kernels { workspace.kernels }

  func outputs(_ infos: [ValueInfo]) throws(GraphError) -> [Tensor] {
    let shape = infos[0].shape
    switch op {
    case .conv(let convolution):
      return [Tensor(shape: shape, try conv(convolution, shape))]
    case .matMul, .linear, .gemm, .einsum, .attention:
      return [Tensor(shape: shape, try product(shape))]
    case .unary, .binary, .compare, .select, .cast:
      return [Tensor(shape: shape, try elementwise(infos[0]))]
    case .batchNorm, .layerNorm, .instanceNorm, .groupNorm, .softmax:
      return try normalization(infos)
    case .reduce, .argMax:
      return [Tensor(shape: shape, try reduction(infos[0]))]
    case .averagePool(let window, let countsPadding):
      return [Tensor(shape: shape, try averagePool(window, shape, countsPadding: countsPadding))]
    case .maxPool(let window):
      return [Tensor(shape: shape, try maxPool(window, shape))]
    case .reshape:
      return [Tensor(shape: shape, tensor(0).storage)]
    case .transpose, .slice, .split, .concat, .pad, .expand, .tile, .depthToSpace, .spaceToDepth,
      .gather, .gatherElements, .gatherND, .scatterND:
      return try movement(infos)
    case .resize(let resize):
      return [Tensor(shape: shape, resampled(resize))]
    case .cumulativeSum, .triangle:
      return [Tensor(shape: shape, try scan())]
    case .range, .nonZero:
      preconditionFailure("shapes that depend on values are found with them")
    }
  }

  /// An operand that inference has found to be there.
  func tensor(_ index: Int) -> Tensor {
    guard let tensor = inputs[index] else { preconditionFailure("operand \(index) is missing") }
    return tensor
  }

  func shape(_ index: Int) -> [Int] { tensor(index).shape }

  func optional(_ index: Int) -> Tensor? { index < inputs.count ? inputs[index] : nil }

  /// The elements of an operand that inference has found to be floats.
  func floats(_ index: Int) -> [Float] {
    guard let floats = tensor(index).floats else { preconditionFailure("operand \(index): floats") }
    return floats
  }

  func optionalFloats(_ index: Int) -> [Float]? { optional(index)?.floats }

  func integers(_ index: Int) -> [Int] {
    guard let integers = tensor(index).integers else {
      preconditionFailure("operand \(index): integers")
    }
    return integers
  }

  /// Applies another operator, for what is made of several.
  func apply(_ op: Operator, _ inputs: Tensor...) throws(GraphError) -> Tensor {
    try op.evaluate(inputs, in: workspace)[0]
  }

  func movement(_ infos: [ValueInfo]) throws(GraphError) -> [Tensor] {
    var moving = inputs.compactMap { $0 }
    var indices: Tensor?
    switch op {
    case .gather, .gatherElements, .gatherND, .scatterND: indices = moving.remove(at: 1)
    default: break
    }
    let plan = try op.movementPlan(moving.map(\.shape), indices: indices)
    var padding: Float = 0
    if case .pad(_, _, let value) = op { padding = value }

    var results: [Tensor.Storage]
    switch infos[0].elementType {
    case .float:
      var arrays = infos.map { workspace.floats($0.count) }
      if plan.hasPadding {
        for index in arrays.indices {
          arrays[index] = workspace.filled(arrays[index].count) { [count = arrays[index].count] in
            $0.update(repeating: padding, count: count)
          }
        }
      }
      plan.move(moving.compactMap(\.floats), to: &arrays)
      results = arrays.map { .float($0) }
    case .int:
      let fill = Int64(exactly: padding.rounded()) ?? 0
      var arrays = infos.map { [Int64](repeating: fill, count: $0.count) }
      let sources = moving.map { tensor -> [Int64] in
        if case .int(let values) = tensor.storage { values } else { [] }
      }
      plan.move(sources, to: &arrays)
      results = arrays.map { .int($0) }
    case .bool:
      var arrays = infos.map { [Bool](repeating: padding != 0, count: $0.count) }
      let sources = moving.map { tensor -> [Bool] in
        if case .bool(let values) = tensor.storage { values } else { [] }
      }
      plan.move(sources, to: &arrays)
      results = arrays.map { .bool($0) }
    }
    return zip(infos, results).map { Tensor(shape: $0.shape, $1) }
  }
}
