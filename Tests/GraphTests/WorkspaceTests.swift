import SwiftletGraph
import Testing

@Suite struct WorkspaceTests {
  /// Operators that make their own buffers do not fill the workspace with them.
  @Test func memoryDoesNotGrowWithRuns() throws {
    var graph = Graph()
    let x = graph.addValue(.init(name: "x", shape: [2, 64], elementType: .float))
    let y = graph.addValue(.init(name: "y", shape: [2, 64], elementType: .float))
    let z = graph.addValue(.init(name: "z", shape: [2, 64], elementType: .float))
    let exponent = graph.addConstant(Tensor(shape: [], [1.5]), name: "exponent")
    graph.inputs = [x]
    graph.outputs = [z]
    graph.nodes = [
      .init(name: "power", op: .binary(.power), inputs: [x, exponent], outputs: [y]),
      .init(name: "relu", op: .unary(.relu), inputs: [y], outputs: [z]),
    ]
    let interpreter = try Interpreter(graph)
    func elements(after runs: Int) throws -> Int {
      for _ in 0..<runs {
        _ = try interpreter.run([Tensor(shape: [2, 64], [Float](repeating: 2, count: 128))])
      }
      return interpreter.freeElements
    }
    let early = try elements(after: 2)
    #expect(try elements(after: 20) == early)
  }

  /// A composed function gives what its operators give one after the other, over a block's end too.
  @Test func aComposedFunctionIsItsSteps() throws {
    let function = ScalarFunction(steps: [
      .binary(.power, .argument, .constant(3)), .binary(.multiply, .constant(0.044715), .step(0)),
      .binary(.add, .argument, .step(1)), .unary(.tanh, .step(2)),
      .binary(.maximum, .step(3), .constant(-0.5)), .binary(.divide, .step(4), .constant(3)),
    ])
    let x = (0..<2500).map { Float($0) / 500 - 2.5 }
    var expected = x.map { $0 * $0 * $0 }
    expected = zip(expected, x).map { 0.044715 * $0 + $1 }
    expected = Unary.tanh.values(at: expected).map { max($0, -0.5) / 3 }
    let found = Unary.composed(function).values(at: x)
    #expect(found.count == expected.count)
    for (found, expected) in zip(found, expected) { #expect(abs(found - expected) < 1e-5) }
  }
}
