import SwiftletGraph
import Testing

/// Products against loops that keep one FMA chain an output: equal bit for bit.
@Suite struct ProductTests {
  @Test(arguments: 0..<60)
  func convolutionEqualsLoops(_ seed: Int) throws {
    var random = Random(UInt64(seed + 1))
    func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    let groups = [1, 1, 2, 3][pick(0...3)]
    let (inputs, outputs) = (groups * pick(1...9), groups * pick(1...15))
    let window = Pooling(
      kernel: [pick(1...4), pick(1...4)], strides: [pick(1...3), pick(1...3)],
      dilations: [pick(1...2), pick(1...2)], pads: (0..<4).map { _ in pick(0...3) })
    let (height, width) = (pick(7...20), pick(7...40))
    let x = random.tensor([pick(1...2), inputs, height, width])
    let weights = random.tensor([outputs, inputs / groups] + window.kernel)
    let bias = pick(0...1) == 0 ? nil : random.tensor([outputs])
    let op = Operator.conv(Convolution(window: window, groups: groups))
    let y = try op.first(x, weights, bias)
    #expect(y.values == reference(x, weights, bias, window, groups: groups, y.shape))

    var graph = Graph()
    let input = graph.addValue(.init(name: "x", shape: x.shape, elementType: .float))
    let filter = graph.addConstant(weights, name: "weights")
    let offset = bias.map { graph.addConstant($0, name: "bias") }
    let output = graph.addValue(.init(name: "y", shape: y.shape, elementType: .float))
    graph.inputs = [input]
    graph.outputs = [output]
    graph.nodes = [.init(name: "n", op: op, inputs: [input, filter, offset], outputs: [output])]
    #expect(try Interpreter(graph, threads: 2).run([x]) == [y], "weights packed once")
  }

  private func reference(
    _ x: Tensor, _ weights: Tensor, _ bias: Tensor?, _ window: Pooling, groups: Int, _ shape: [Int]
  ) -> [Float] {
    let (channels, height, width) = (x.shape[1], x.shape[2], x.shape[3])
    let (own, perGroup) = (channels / groups, shape[1] / groups)
    let (kernelHeight, kernelWidth) = (window.kernel[0], window.kernel[1])
    let (values, filters) = (x.values, weights.values)
    return (0..<shape.reduce(1, *)).map { place in
      let (column, row) = (place % shape[3], place / shape[3] % shape[2])
      let (output, image) = (
        place / (shape[3] * shape[2]) % shape[1], place / shape[1...].reduce(1, *)
      )
      var sum = bias?.values[output] ?? 0
      for channel in 0..<own {
        for ky in 0..<kernelHeight {
          for kx in 0..<kernelWidth {
            let y = row * window.strides[0] + ky * window.dilations[0] - window.pads[0]
            let x = column * window.strides[1] + kx * window.dilations[1] - window.pads[1]
            guard (0..<height).contains(y), (0..<width).contains(x) else { continue }
            let source =
              ((image * channels + output / perGroup * own + channel) * height + y) * width + x
            let filter = ((output * own + channel) * kernelHeight + ky) * kernelWidth + kx
            sum.addProduct(values[source], filters[filter])
          }
        }
      }
      return sum
    }
  }

  @Test(arguments: 0..<60)
  func matrixProductEqualsLoops(_ seed: Int) throws {
    var random = Random(UInt64(seed + 100))
    func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    let (m, n, k) = (pick(1...40), pick(1...70), pick(1...50))
    let (a, b) = (random.tensor([m, k]), random.tensor([k, n]))
    let bias = random.tensor([n])
    func chain(_ start: (Int) -> Float) -> [Float] {
      (0..<m * n).map { place in
        var sum = start(place % n)
        for index in 0..<k {
          sum.addProduct(a.values[place / n * k + index], b.values[index * n + place % n])
        }
        return sum
      }
    }
    let product = chain { _ in 0 }
    #expect(try Operator.matMul.first(a, b).values == product)
    #expect(try Operator.linear.first(a, b, bias).values == chain { bias.values[$0] })
    #expect(try Operator.einsum(equation: "ik,kj->ij").first(a, b).values == product)
    let swap = Operator.transpose(permutation: [1, 0])
    for (transposesA, transposesB) in [(false, false), (true, false), (false, true), (true, true)] {
      let gemm = Gemm(alpha: 1, beta: 1, transposesA: transposesA, transposesB: transposesB)
      let left = transposesA ? try swap.first(a) : a
      let right = transposesB ? try swap.first(b) : b
      #expect(try Operator.gemm(gemm).first(left, right).values == product)
    }
  }

  @Test func batchesBroadcast() throws {
    var random = Random(5)
    let (a, b) = (random.tensor([2, 1, 3, 4]), random.tensor([5, 4, 6]))
    let y = try Operator.matMul.first(a, b)
    #expect(y.shape == [2, 5, 3, 6])
    for i in 0..<2 {
      for j in 0..<5 {
        let left = Tensor(shape: [3, 4], Array(a.values[i * 12..<i * 12 + 12]))
        let right = Tensor(shape: [4, 6], Array(b.values[j * 24..<j * 24 + 24]))
        let start = (i * 5 + j) * 18
        #expect(
          Array(y.values[start..<start + 18]) == (try Operator.matMul.first(left, right)).values)
      }
    }
  }

  @Test func gemmScalesBothTerms() throws {
    let gemm = Gemm(alpha: 2, beta: 3, transposesA: false, transposesB: false)
    let y = try Operator.gemm(gemm).first(
      Tensor(shape: [1, 2], [1, 2]), Tensor(shape: [2, 2], [1, 2, 3, 4]),
      Tensor(shape: [2], [10, 20]))
    #expect(y.values == [44, 80])
  }

  @Test func einsumSumsInGeneral() throws {
    let x = Tensor(shape: [2, 2], [1, 2, 3, 4])
    #expect(try Operator.einsum(equation: "ii->").first(x).values == [5])
    #expect(try Operator.einsum(equation: "ij -> j").first(x).values == [4, 6])
    #expect(
      try Operator.einsum(equation: "ij,jk,k->i").first(x, x, Tensor(shape: [2], [1, -1])).values
        == [-3, -7])
    let row = Tensor(shape: [1, 2], [10, 1])
    #expect(try Operator.einsum(equation: "ij,ij->ij").first(x, row).values == [10, 2, 30, 4])
    #expect(throws: GraphError.self) { try Operator.einsum(equation: "ii->i").first(row) }
    #expect(throws: GraphError.self) {
      try Operator.einsum(equation: "ij,ij->ij").first(
        x, Tensor(shape: [3, 2], [0, 0, 0, 0, 0, 0]))
    }
    #expect(throws: GraphError.self) { try Operator.einsum(equation: "ij").first(x) }
    #expect(throws: GraphError.self) { try Operator.einsum(equation: "ij->k").first(x) }
    #expect(throws: GraphError.self) { try Operator.einsum(equation: "...j->j").first(x) }
  }

  @Test func attentionIsItsParts() throws {
    var random = Random(9)
    let (q, k, v) = (
      random.tensor([2, 3, 5, 4]), random.tensor([2, 3, 7, 4]), random.tensor([2, 3, 7, 6])
    )
    let bias = random.tensor([3, 5, 7])
    let keys = try Operator.transpose(permutation: [0, 1, 3, 2]).first(k)
    var logits = try Operator.matMul.first(q, keys)
    logits = try Operator.binary(.multiply).first(logits, Tensor(shape: [], [0.5]))
    logits = try Operator.binary(.add).first(logits, bias)
    let expected = try Operator.matMul.first(try Operator.softmax(axis: 3).first(logits), v)
    #expect(try Operator.attention(scale: 0.5).first(q, k, v, bias) == expected)
  }
}
