import SwiftletGraph
import Testing

@Suite struct MovementTests {
  private let x = Tensor.counting([2, 3])

  @Test func simpleMovements() throws {
    #expect(try Operator.transpose(permutation: [1, 0]).first(x).values == [0, 3, 1, 4, 2, 5])
    let slice = Operator.slice(starts: [1, 2], steps: [-1, -2], counts: [2, 2])
    #expect(try slice.first(x).values == [5, 3, 2, 0])
    let parts = try Operator.split(axis: 1, sizes: [1, 2]).evaluate([x])
    #expect(parts.map(\.values) == [[0, 3], [1, 2, 4, 5]])
    #expect(try Operator.concat(axis: 1).evaluate(parts) == [x])
    #expect(
      try Operator.tile(repeats: [1, 2]).first(x).values == [0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5])
    #expect(
      try Operator.expand(shape: [2, 2]).first(Tensor(shape: [2, 1], [7, 8])).values == [
        7, 7, 8, 8,
      ])
  }

  @Test func padding() throws {
    let row = Tensor.counting([3])
    func pad(_ mode: PadMode, _ pads: [Int]) throws -> [Float] {
      try Operator.pad(pads: pads, mode: mode, value: 9).first(row).values
    }
    #expect(try pad(.constant, [1, 2]) == [9, 0, 1, 2, 9, 9])
    #expect(try pad(.constant, [-1, 1]) == [1, 2, 9])
    #expect(try pad(.reflect, [2, 1]) == [2, 1, 0, 1, 2, 1])
    #expect(try pad(.edge, [2, 1]) == [0, 0, 0, 1, 2, 2])
    #expect(throws: GraphError.self) { try pad(.reflect, [3, 0]) }
    #expect(throws: GraphError.self) { try pad(.constant, [-4, 0]) }
  }

  @Test func gathers() throws {
    #expect(try Operator.gather(axis: 1).first(x, .ints([2], [2, -3])).values == [2, 0, 5, 3])
    #expect(
      try Operator.gather(axis: 0).first(x, .ints([], [-1])) == Tensor(shape: [3], [3, 4, 5]))
    #expect(
      try Operator.gatherElements(axis: 1).first(x, .ints([2, 1], [1, 2])).values == [1, 5])
    #expect(
      try Operator.gatherND(batchDimensions: 1).first(x, .ints([2, 1], [2, 0])).values == [2, 3])
    let scattered = try Operator.scatterND.first(
      x, .ints([2, 1], [1, 1]), Tensor(shape: [2, 3], [7, 7, 7, 8, 8, 8]))
    #expect(scattered.values == [0, 1, 2, 8, 8, 8], "the last update wins")
    for index: Int64 in [3, -4, .max, .min] {
      #expect(throws: GraphError.self) {
        try Operator.gather(axis: 1).first(x, .ints([1], [index]))
      }
    }
  }

  @Test func depthAndSpace() throws {
    let x = Tensor.counting([1, 8, 1, 1])
    let depthFirst = Operator.depthToSpace(blockSize: 2, columnRowDepth: false)
    #expect(try depthFirst.first(x).values == [0, 2, 4, 6, 1, 3, 5, 7])
    let columnFirst = Operator.depthToSpace(blockSize: 2, columnRowDepth: true)
    #expect(try columnFirst.first(x).values == [0, 1, 2, 3, 4, 5, 6, 7])
    #expect(try Operator.spaceToDepth(blockSize: 2).first(try depthFirst.first(x)) == x)
  }

  @Test func transposesOfRandomShapes() throws {
    var random = Random(23)
    for _ in 0..<200 {
      let rank = Int.random(in: 1...6, using: &random)
      let shape = (0..<rank).map { _ in Int.random(in: 1...9, using: &random) }
      let order = Array(0..<rank).shuffled(using: &random)
      let x = Tensor.counting(shape)
      let y = try Operator.transpose(permutation: order).first(x)
      let (from, to) = (Shapes.strides(shape), Shapes.strides(y.shape))
      for (place, value) in y.values.enumerated() {
        let source = (0..<rank).reduce(0) { $0 + place / to[$1] % y.shape[$1] * from[order[$1]] }
        guard Int(value) == source else {
          Issue.record("transpose \(order) of \(shape) at \(place)")
          break
        }
      }
    }
  }

  @Test func whatIsNotAMovementMovesNothing() {
    #expect(throws: GraphError.self) {
      try Operator.matMul.move([(shape: [1], elements: [1])], padding: 0)
    }
    #expect(throws: GraphError.self) {
      try Operator.reshape(shape: [2]).move([(shape: [2], elements: [1])], padding: 0)
    }
  }
}
