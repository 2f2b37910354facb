extension Operator {
  /// The shapes and element types this operator yields for operands of the given ones.
  ///
  /// A missing optional operand is nil. What depends on the values of its operands (`range`,
  /// `nonZero`) has no static shape and is an error: such a node must be folded by `evaluate`.
  package func inferOutputs(_ inputs: [ValueInfo?]) throws(GraphError) -> [ValueInfo] {
    let operands = Operands(op: self, infos: inputs)
    try operands.checkArity()
    let outputs = try inferUnchecked(operands)
    for output in outputs where Shapes.count(output.shape) == nil {
      throw operands.error(
        "an output of at most \(ValueInfo.maximumCount) elements, not \(output.shape)")
    }
    return outputs
  }

  private func inferUnchecked(_ operands: Operands) throws(GraphError) -> [ValueInfo] {
    switch self {
    case .conv, .matMul, .linear, .gemm, .einsum, .attention:
      [try operands.linearAlgebra()]
    case .unary, .binary, .compare, .select, .cast:
      [try operands.elementwise()]
    case .batchNorm, .layerNorm, .instanceNorm, .groupNorm, .softmax:
      try operands.normalization()
    case .reduce, .argMax:
      [try operands.reduction()]
    case .averagePool(let window, _), .maxPool(let window):
      [try operands.pooling(window)]
    case .reshape, .transpose, .slice, .split, .concat, .pad, .expand, .tile, .depthToSpace,
      .spaceToDepth, .gather, .gatherElements, .gatherND, .scatterND:
      try operands.movement()
    case .resize(let resize):
      [try operands.resampling(resize)]
    case .range, .nonZero:
      throw operands.error("constant operands: the shape depends on their values")
    case .cumulativeSum:
      [ValueInfo(shape: try operands[0].shape, elementType: try operands[0].elementType)]
    case .triangle:
      [try operands.triangle()]
    }
  }

  /// The least and the largest number of operands.
  var arity: ClosedRange<Int> {
    switch self {
    case .conv, .linear, .gemm, .layerNorm: 2...3
    case .attention: 3...4
    case .matMul, .binary, .compare, .gather, .gatherElements, .gatherND, .cumulativeSum: 2...2
    case .select, .scatterND, .instanceNorm, .groupNorm, .range: 3...3
    case .batchNorm: 5...5
    case .einsum, .concat: 1...Int.max
    case .triangle: 1...2
    case .unary, .cast, .softmax, .reduce, .averagePool, .maxPool, .reshape, .transpose, .slice,
      .split, .pad, .expand, .tile, .depthToSpace, .spaceToDepth, .resize, .nonZero, .argMax:
      1...1
    }
  }
}

/// An operator with the shapes it is applied to, and the checks that shape inference makes on them.
struct Operands {
  let op: Operator
  let infos: [ValueInfo?]

  subscript(_ index: Int) -> ValueInfo {
    get throws(GraphError) {
      guard index < infos.count, let info = infos[index] else {
        throw error("operand \(index)")
      }
      return info
    }
  }

  func optional(_ index: Int) -> ValueInfo? { index < infos.count ? infos[index] : nil }

  /// An error that names the operator, the shapes of its operands, and what was expected.
  func error(_ expectation: String) -> GraphError {
    let shapes = infos.map { $0?.description ?? "none" }.joined(separator: ", ")
    return GraphError("\(op) of (\(shapes)): expected \(expectation)")
  }

  func expect(_ holds: Bool, _ expectation: @autoclosure () -> String) throws(GraphError) {
    if !holds { throw error(expectation()) }
  }

  func checkArity() throws(GraphError) {
    let arity = op.arity
    let bound = arity.upperBound == Int.max ? "or more" : "to \(arity.upperBound)"
    let expected =
      arity.lowerBound == arity.upperBound
      ? "\(arity.lowerBound)" : "\(arity.lowerBound) \(bound)"
    try expect(arity.contains(infos.count), "\(expected) operands, not \(infos.count)")
    for index in 0..<arity.lowerBound where infos[index] == nil {
      throw error("operand \(index), which is not optional")
    }
    for info in infos {
      if let info, Shapes.count(info.shape) == nil {
        throw error("operands of at most \(ValueInfo.maximumCount) elements")
      }
    }
  }

  func expectFloat() throws(GraphError) {
    for info in infos {
      if let info { try expect(info.elementType == .float, "float operands") }
    }
  }

  func expectAxis(_ axis: Int, rank: Int) throws(GraphError) {
    try expect((0..<rank).contains(axis), "an axis in 0..<\(rank), not \(axis)")
  }

  func expectVector(_ index: Int, _ count: Int, _ what: String) throws(GraphError) {
    guard let info = optional(index) else { return }
    try expect(info.shape == [count], "\(what) of shape [\(count)], not \(info.shape)")
  }

  func broadcast(_ a: [Int], _ b: [Int]) throws(GraphError) -> [Int] {
    guard let shape = Shapes.broadcast(a, b) else { throw error("shapes that broadcast") }
    return shape
  }
}
