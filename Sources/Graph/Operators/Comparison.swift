package enum Comparison: Sendable, Equatable {
  case equal, less, lessOrEqual, greater, greaterOrEqual
}

extension Comparison: OperatorBody {
  var name: String { "\(self)" }
  var arity: ClosedRange<Int> { 2...2 }

  func infer(_ operands: Operands) throws(GraphError) -> [ValueInfo] {
    let type = try operands.expectOneType(0, 1, "operands of one element type")
    try operands.expect(type != .bool || self == .equal, "numbers")
    let shape = try operands.broadcast(try operands[0].shape, try operands[1].shape)
    return [ValueInfo(shape: shape, elementType: .bool)]
  }

  func evaluate(_ run: Evaluation) throws(GraphError) -> [Tensor.Storage] {
    switch (run.tensor(0).storage, run.tensor(1).storage) {
    case (.float(let a), .float(let b)): [.bool(run.mapped(a, b) { holds($0, $1) })]
    case (.int(let a), .int(let b)): [.bool(run.mapped(a, b) { holds($0, $1) })]
    case (.bool(let a), .bool(let b)): [.bool(run.mapped(a, b) { $0 == $1 })]
    default: throw run.operands.error("operands of one element type")
    }
  }

  private func holds<Element: Comparable>(_ a: Element, _ b: Element) -> Bool {
    switch self {
    case .equal: a == b
    case .less: a < b
    case .lessOrEqual: a <= b
    case .greater: a > b
    case .greaterOrEqual: a >= b
    }
  }
}

struct Select: OperatorBody {
  var arity: ClosedRange<Int> { 3...3 }

  func infer(_ operands: Operands) throws(GraphError) -> [ValueInfo] {
    let condition = try operands[0]
    try operands.expect(condition.elementType == .bool, "a boolean condition")
    let type = try operands.expectOneType(1, 2, "branches of one element type")
    let branches = try operands.broadcast(try operands[1].shape, try operands[2].shape)
    return [
      ValueInfo(shape: try operands.broadcast(condition.shape, branches), elementType: type)
    ]
  }

  func evaluate(_ run: Evaluation) throws(GraphError) -> [Tensor.Storage] {
    let places = (0..<3).map { Shapes.places(run.shape($0), broadcastTo: run.output) }
    let condition = run.integers(0)
    func choose<Element>(_ a: [Element], _ b: [Element]) -> [Element] {
      places[0].indices.map {
        condition[places[0][$0]] != 0 ? a[places[1][$0]] : b[places[2][$0]]
      }
    }
    switch (run.tensor(1).storage, run.tensor(2).storage) {
    case (.float(let a), .float(let b)): return [.float(choose(a, b))]
    case (.int(let a), .int(let b)): return [.int(choose(a, b))]
    case (.bool(let a), .bool(let b)): return [.bool(choose(a, b))]
    default: throw run.operands.error("branches of one element type")
    }
  }
}
