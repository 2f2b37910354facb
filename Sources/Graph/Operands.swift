/// What an operator is applied to, and the checks that shape inference makes of it.
struct Operands {
  let body: any OperatorBody
  /// A missing optional operand is nil.
  let infos: [ValueInfo?]
  /// Nil where only shapes are known.
  var tensors: [Tensor?]?

  /// What the operator yields, its operands and outputs checked.
  func inferOutputs() throws(GraphError) -> [ValueInfo] {
    try checkArity()
    let outputs = try body.infer(self)
    for output in outputs where Shapes.count(output.shape) == nil {
      throw error("an output of at most \(ValueInfo.maximumCount) elements, not \(output.shape)")
    }
    return outputs
  }

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
    return GraphError("\(body.text) of (\(shapes)): expected \(expectation)")
  }

  func expect(_ holds: Bool, _ expectation: @autoclosure () -> String) throws(GraphError) {
    if !holds { throw error(expectation()) }
  }

  private func checkArity() throws(GraphError) {
    let arity = body.arity
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

  func expectElements() throws(GraphError) {
    for case let info? in infos {
      try expect(!info.shape.contains(0), "operands that are not empty")
    }
  }

  /// The element type that two operands share.
  @discardableResult
  func expectOneType(_ a: Int, _ b: Int, _ what: String) throws(GraphError) -> ElementType {
    let type = try self[a].elementType
    try expect(type == (try self[b].elementType), what)
    return type
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
