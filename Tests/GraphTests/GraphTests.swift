import SwiftletGraph
import Testing

@Suite struct GraphTests {
  /// A small convolution network: conv, relu, global mean, linear.
  static func network(_ random: inout Random) -> Graph {
    var graph = Graph()
    func value(_ name: String, _ shape: [Int]) -> Graph.ValueID {
      graph.addValue(.init(name: name, shape: shape, elementType: .float))
    }
    let x = value("x", [1, 3, 16, 16])
    let filters = graph.addConstant(random.tensor([8, 3, 3, 3]), name: "filters")
    let weights = graph.addConstant(random.tensor([8, 10]), name: "weights")
    let half = graph.addConstant(Tensor(shape: [], [0.5]), name: "half")
    let (a, b, c) = (value("a", [1, 8, 8, 8]), value("b", [1, 8, 8, 8]), value("c", [1, 8]))
    let (d, e, y) = (value("d", [8]), value("e", [1, 8]), value("y", [1, 10]))
    let window = plain(3, stride: 2, pads: [1, 1, 1, 1])
    func node(_ op: Operator, _ inputs: [Graph.ValueID], _ output: Graph.ValueID) -> Graph.Node {
      .init(name: "node \(output)", op: op, inputs: inputs, outputs: [output])
    }
    graph.nodes = [
      node(.conv(Convolution(window: window, groups: 1)), [x, filters], a),
      node(.unary(.relu), [a], b),
      node(.reduce(.mean, axes: [2, 3], keepDimensions: false), [b], c),
      node(.reshape(shape: [8]), [c], d),
      node(.binary(.multiply), [c, half], e),
      node(.linear, [e, weights], y),
    ]
    graph.inputs = [x]
    graph.outputs = [y, d]
    return graph
  }

  @Test func textIsOneLineANode() {
    var random = Random(1)
    #expect(
      Self.network(&random).description == """
        input %x: [1, 3, 16, 16]
        %a: [1, 8, 8, 8] = conv(kernel 3x3, stride 2, pads 1) %x, %filters [8, 3, 3, 3]
        %b: [1, 8, 8, 8] = relu %a
        %c: [1, 8] = reduceMean(axes [2, 3]) %b
        %d: [8] = reshape([8]) %c
        %e: [1, 8] = multiply %c, 0.5
        %y: [1, 10] = linear %e, %weights [8, 10]
        output %y, %d
        """)
  }

  @Test func interpreterEqualsNodeByNode() throws {
    var random = Random(2)
    let graph = Self.network(&random)
    let x = random.tensor([1, 3, 16, 16])
    var values = graph.values.map(\.constant)
    values[graph.inputs[0]] = x
    for node in graph.nodes {
      values[node.outputs[0]] = try node.op.evaluate(node.inputs.map { $0.flatMap { values[$0] } })[
        0]
    }
    let expected = graph.outputs.compactMap { values[$0] }
    let interpreter = try Interpreter(graph)
    for _ in 0..<3 {
      var seen: [Graph.ValueID: [Float]] = [:]
      let observed = Set(graph.values.indices.filter { graph.values[$0].constant == nil })
      let outputs = try interpreter.run([x], observing: observed) { seen[$0] = Array($1) }
      #expect(outputs == expected)
      #expect(Set(seen.keys) == observed)
      for (id, elements) in seen { #expect(elements == values[id]?.values) }
    }
  }

  @Test func interpreterIsSharedByThreads() async throws {
    var random = Random(3)
    let interpreter = try Interpreter(Self.network(&random))
    let images = (0..<24).map { _ in random.tensor([1, 3, 16, 16]) }
    let expected = try images.map { try interpreter.run([$0]) }
    let outputs = try await withThrowingTaskGroup(of: (Int, [Tensor]).self) { group in
      for (index, image) in images.enumerated() {
        group.addTask { (index, try interpreter.run([image])) }
      }
      var outputs = [[Tensor]](repeating: [], count: images.count)
      for try await (index, result) in group { outputs[index] = result }
      return outputs
    }
    #expect(outputs == expected)
  }

  @Test func inputsOfAnotherShapeAreRefused() throws {
    var random = Random(4)
    let interpreter = try Interpreter(Self.network(&random))
    #expect(throws: GraphError.self) { try interpreter.run([]) }
    #expect(throws: GraphError.self) { try interpreter.run([Tensor.counting([1, 3, 16, 15])]) }
    #expect(throws: GraphError.self) {
      try interpreter.run([Tensor.ints([1, 3, 16, 16], Array(repeating: 0, count: 768))])
    }
  }

  @Test func validationFindsEveryKindOfFault() throws {
    var random = Random(5)
    let good = Self.network(&random)
    try good.validate()
    let faults: [(String, (inout Graph) -> Void)] = [
      ("used before", { $0.nodes.swapAt(0, 1) }),
      ("already has a producer", { $0.nodes.append($0.nodes[1]) }),
      ("does not exist", { $0.nodes[0].inputs[0] = 99 }),
      (
        "not defined",
        { $0.outputs.append($0.addValue(.init(name: "z", shape: [], elementType: .float))) }
      ),
      ("no such value", { $0.inputs.append(-1) }),
      ("declared twice", { $0.inputs.append($0.inputs[0]) }),
      ("used twice", { $0.values[1].name = "x" }),
      ("declares", { $0.values[$0.nodes[1].outputs[0]].shape = [1, 8, 8, 9] }),
      ("its constant is", { $0.values[1].shape = [8, 3, 9, 1] }),
      (
        "divisible by 3 groups",
        { $0.nodes[0].op = .conv(Convolution(window: plain(3), groups: 3)) }
      ),
    ]
    for (message, damage) in faults {
      var graph = good
      damage(&graph)
      let error = #expect(throws: GraphError.self) { try graph.validate() }
      #expect(
        error?.description.contains(message) == true, "\(message): \(error?.description ?? "")")
      #expect(throws: GraphError.self) { try Interpreter(graph) }
    }
  }

  @Test func errorsNameOperatorShapesAndExpectation() {
    let error = #expect(throws: GraphError.self) {
      try Operator.linear.inferOutputs([ValueInfo(shape: [2, 3]), ValueInfo(shape: [4, 5])])
    }
    #expect(
      error?.description == "linear of ([2, 3], [4, 5]): expected x [..., K] and weights [K, N]")
  }

  @Test func shapesTooLargeAreErrors() {
    let huge = ValueInfo(shape: [1 << 20, 1 << 12])
    let cases: [(Operator, [ValueInfo])] = [
      (.tile(repeats: [1 << 31, 1 << 31]), [huge]),
      (.tile(repeats: [.max, 2]), [huge]),
      (.pad(pads: [.max, 0, 0, 0], mode: .constant, value: 0), [huge]),
      (.reshape(shape: [.max, .max]), [huge]),
      (.reshape(shape: [-1, -(1 << 32)]), [huge]),
      (.expand(shape: [1 << 20, 1 << 20, 1 << 12]), [huge]),
      (.matMul, [ValueInfo(shape: [1 << 31, 1]), ValueInfo(shape: [1, 1 << 31])]),
      (.slice(starts: [.max, 0], steps: [.max, 1], counts: [.max, 1]), [huge]),
      (.split(axis: 0, sizes: [.max, .max]), [huge]),
      (.unary(.relu), [ValueInfo(shape: [1 << 20, 1 << 20])]),
      (.unary(.relu), [ValueInfo(shape: [-1])]),
      (
        .maxPool(
          Pooling(kernel: [.max, 1], strides: [1, 1], dilations: [.max, 1], pads: [0, 0, 0, 0])),
        [ValueInfo(shape: [1, 1, 4, 4])]
      ),
    ]
    for (op, infos) in cases {
      #expect(throws: GraphError.self, "\(op)") { try op.inferOutputs(infos) }
    }
  }
}
