import SwiftletGraph
import Testing

@Suite struct PoolingAndResizeTests {
  @Test func poolsIgnoreOrCountThePadding() throws {
    let x = Tensor(shape: [1, 1, 2, 2], [1, 2, 3, 4])
    let window = plain(2, pads: [1, 1, 0, 0])
    #expect(try Operator.maxPool(window).first(x).values == [1, 2, 3, 4])
    let negative = Tensor(shape: [1, 1, 2, 2], [-1, -2, -3, -4])
    #expect(try Operator.maxPool(window).first(negative).values == [-1, -1, -1, -1])
    let counted = Operator.averagePool(window, countsPadding: true)
    #expect(try counted.first(x).values == [0.25, 0.75, 1, 2.5])
    let ignored = Operator.averagePool(window, countsPadding: false)
    #expect(try ignored.first(x).values == [1, 1.5, 2, 2.5])
  }

  @Test func reductionsOverAnyAxes() throws {
    let x = Tensor.counting([2, 3, 4])
    func reduce(_ reduction: Reduction, _ axes: [Int]) throws -> [Float] {
      try Operator.reduce(reduction, axes: axes, keepDimensions: false).first(x).values
    }
    #expect(try reduce(.sum, [2]) == [6, 22, 38, 54, 70, 86])
    #expect(try reduce(.mean, [0, 2]) == [7.5, 11.5, 15.5])
    #expect(try reduce(.maximum, [1]) == [8, 9, 10, 11, 20, 21, 22, 23])
    #expect(try reduce(.minimum, [0, 1, 2]) == [0])
    let products = (0..<12).map { Float($0 * ($0 + 12)) }
    #expect(try reduce(.product, [0]) == products)
    let l2 = Operator.reduce(.l2, axes: [0], keepDimensions: true)
    #expect(try l2.first(Tensor(shape: [2], [3, 4])) == Tensor(shape: [1], [5]))
    let argMax = Operator.argMax(axis: 0, keepDimensions: false)
    #expect(try argMax.first(Tensor(shape: [4], [1, 5, 5, 2])) == .ints([], [1]))
  }

  @Test func longSumsAreAccurate() throws {
    let count = 200_000
    var random = Random(3)
    let x = random.tensor([count], in: 0...1)
    let sum = try Operator.reduce(.sum, axes: [0], keepDimensions: false).first(x).values[0]
    let expected = x.values.reduce(0.0) { $0 + Double($1) }
    #expect(abs(Double(sum) - expected) < 1e-6 * expected)
  }

  @Test func resizeFollowsItsCoordinates() throws {
    let x = Tensor(shape: [1, 1, 1, 2], [0, 4])
    func resize(_ mode: Resize.Mode, _ coordinates: Resize.Coordinates, _ count: Int) throws
      -> [Float]
    {
      let resize = Resize(
        mode: mode, coordinates: coordinates, from: x.shape, to: [1, 1, 1, count])
      return try Operator.resize(resize).first(x).values
    }
    #expect(try resize(.linear, .halfPixel, 4) == [0, 1, 3, 4])
    #expect(try resize(.linear, .asymmetric, 4) == [0, 2, 4, 4])
    #expect(try resize(.linear, .alignCorners, 3) == [0, 2, 4])
    #expect(try resize(.linear, .pytorchHalfPixel, 1) == [0])
    // Weights of Keys' kernel at 1/4 and 3/4, edges repeated.
    #expect(try resize(.cubic, .halfPixel, 4) == [-0.421875, 0.90625, 3.09375, 4.421875])
  }

  @Test func foldedOperators() throws {
    #expect(
      try Operator.range.first(.ints([], [2]), .ints([], [9]), .ints([], [3]))
        == .ints([3], [2, 5, 8]))
    #expect(
      try Operator.range.first(.ints([], [5]), .ints([], [0]), .ints([], [-2]))
        == .ints([3], [5, 3, 1]))
    #expect(throws: GraphError.self) {
      try Operator.range.first(.ints([], [0]), .ints([], [9]), .ints([], [0]))
    }
    #expect(throws: GraphError.self) {
      try Operator.range.first(.ints([], [0]), .ints([], [.max]), .ints([], [1]))
    }
    let x = Tensor(shape: [2, 2], [0, 3, 1, 0])
    #expect(try Operator.nonZero.first(x) == .ints([2, 2], [0, 1, 1, 0]))
    let sum = Operator.cumulativeSum(exclusive: true, reverse: false)
    #expect(try sum.first(x, .ints([], [-1])).values == [0, 0, 0, 1])
    #expect(try Operator.triangle(upper: false).first(x).values == [0, 0, 1, 0])
    #expect(try Operator.triangle(upper: true).first(x, .ints([], [1])).values == [0, 3, 0, 0])
    let condition = Tensor.bools([2, 1], [true, false])
    let chosen = try Operator.select.first(condition, x, Tensor(shape: [], [9]))
    #expect(chosen.values == [0, 3, 9, 9])
  }
}
