import SwiftletGraph
import Testing

/// An operator with operands it applies to.
struct OperatorCase: CustomTestStringConvertible {
  var op: Operator
  var inputs: [Tensor?]

  init(_ op: Operator, _ inputs: Tensor?...) {
    self.op = op
    self.inputs = inputs
  }

  var testDescription: String { "\(op)" }

  static let unaries: [Unary] = [
    .relu, .sigmoid, .tanh, .erf, .exp, .log, .sqrt, .reciprocal, .absolute, .negate, .floor, .ceil,
    .round, .sign, .sin, .cos, .softplus, .gelu, .geluTanh, .silu, .hardSwish, .mish,
    .hardSigmoid(alpha: 0.2, beta: 0.5), .leakyRelu(slope: 0.1), .elu(alpha: 1.5),
    .clip(low: -1, high: 1.25),
  ]
  static let arithmetic: [Binary] = [
    .add, .subtract, .multiply, .divide, .power, .modulo, .minimum, .maximum,
  ]
  static let comparisons: [Comparison] = [.equal, .less, .lessOrEqual, .greater, .greaterOrEqual]
  static let reductions: [Reduction] = [.mean, .sum, .maximum, .minimum, .product, .l2]

  /// Every operator, several times where its attributes take different paths.
  static let all: [OperatorCase] =
    elementwise + linearAlgebra + normalization + reduction + movement + resampling + folding

  static let elementwise: [OperatorCase] = {
    var random = Random(1)
    let x = random.tensor([3, 37], in: -6...6)
    let (a, b) = (random.tensor([2, 3, 5]), random.tensor([3, 1], in: 0.5...2))
    let (i, j) = (Tensor.ints([2, 2], [7, -7, 3, 0]), Tensor.ints([2], [2, -3]))
    let (p, q) = (Tensor.bools([2], [true, false]), Tensor.bools([2, 1], [true, false]))
    var cases = unaries.map { OperatorCase(.unary($0), x) }
    cases.append(OperatorCase(.unary(.not), p))
    cases += [Unary.relu, .absolute, .negate, .sign, .clip(low: -2, high: .infinity)].map {
      OperatorCase(.unary($0), i)
    }
    cases += arithmetic.map { OperatorCase(.binary($0), a, b) }
    cases += arithmetic.map { OperatorCase(.binary($0), i, j) }
    cases += [Binary.and, .or].map { OperatorCase(.binary($0), p, q) }
    cases += comparisons.map { OperatorCase(.compare($0), a, b) }
    cases += comparisons.map { OperatorCase(.compare($0), i, j) }
    cases.append(OperatorCase(.compare(.equal), p, q))
    cases.append(OperatorCase(.select, p, Tensor.ints([2, 1], [1, 2]), Tensor.ints([], [9])))
    cases.append(
      OperatorCase(.select, q, random.tensor([2, 3]), random.tensor([3])))
    for type in [ElementType.float, .int, .bool] {
      cases += [x, i, p].map { OperatorCase(.cast(type), $0) }
    }
    return cases
  }()

  static let linearAlgebra: [OperatorCase] = {
    var random = Random(2)
    let window = Pooling(kernel: [3, 2], strides: [2, 1], dilations: [1, 2], pads: [1, 0, 2, 1])
    let image = random.tensor([2, 6, 9, 21])
    return [
      OperatorCase(
        .conv(Convolution(window: window, groups: 1)), image, random.tensor([5, 6, 3, 2]),
        random.tensor([5])),
      OperatorCase(
        .conv(Convolution(window: window, groups: 6)), image, random.tensor([12, 1, 3, 2])),
      OperatorCase(
        .conv(Convolution(window: plain(1), groups: 2)), image, random.tensor([40, 3, 1, 1])),
      OperatorCase(.matMul, random.tensor([2, 1, 13, 7]), random.tensor([3, 7, 35])),
      OperatorCase(.matMul, random.tensor([2, 4, 7]), random.tensor([7, 3])),
      OperatorCase(.matMul, random.tensor([7]), random.tensor([2, 7, 3])),
      OperatorCase(.matMul, random.tensor([4, 7]), random.tensor([7])),
      OperatorCase(
        .linear, random.tensor([2, 5, 8]), random.tensor([8, 33]), random.tensor([33])),
      OperatorCase(
        .gemm(Gemm(alpha: 0.5, beta: 2, transposesA: true, transposesB: true)),
        random.tensor([8, 3]), random.tensor([5, 8]), random.tensor([3, 1])),
      OperatorCase(
        .einsum(equation: "bti,mi->btm"), random.tensor([2, 3, 4]), random.tensor([5, 4])),
      OperatorCase(.einsum(equation: "ii,ij->j"), random.tensor([4, 4]), random.tensor([4, 3])),
      OperatorCase(.einsum(equation: "abc->ca"), random.tensor([2, 3, 4])),
      OperatorCase(
        .attention(scale: 0.5), random.tensor([2, 3, 5, 4]), random.tensor([2, 3, 7, 4]),
        random.tensor([2, 3, 7, 6]), random.tensor([3, 5, 7])),
    ]
  }()

  static let normalization: [OperatorCase] = {
    var random = Random(3)
    let x = random.tensor([2, 6, 3, 7])
    let (c, d) = (random.tensor([6]), random.tensor([6], in: 0.5...2))
    return [
      OperatorCase(.batchNorm(epsilon: 1e-5, training: false), x, c, c, c, d),
      OperatorCase(.batchNorm(epsilon: 1e-5, training: true), x, c, c, c, d),
      OperatorCase(.layerNorm(axis: 3, epsilon: 1e-6), x, random.tensor([7]), random.tensor([7])),
      OperatorCase(.layerNorm(axis: 1, epsilon: 1e-6), x, random.tensor([6, 1, 1])),
      OperatorCase(.instanceNorm(epsilon: 1e-5), x, c, d),
      OperatorCase(.groupNorm(groups: 3, epsilon: 1e-5), x, c, d),
      OperatorCase(.softmax(axis: 3), x),
      OperatorCase(.softmax(axis: 1), x),
    ]
  }()

  static let reduction: [OperatorCase] = {
    var random = Random(4)
    let x = random.tensor([3, 4, 1100])
    let i = Tensor.ints([2, 3], [4, 9, -2, 0, 7, 5])
    let image = random.tensor([1, 3, 9, 19])
    let window = Pooling(kernel: [3, 2], strides: [2, 2], dilations: [2, 1], pads: [1, 0, 0, 1])
    var cases: [OperatorCase] = []
    for reduction in reductions {
      for axes in [[2], [0], [1, 2], [0, 2], []] {
        cases.append(
          OperatorCase(.reduce(reduction, axes: axes, keepDimensions: axes.count == 1), x))
      }
      if reduction != .l2 {
        cases.append(OperatorCase(.reduce(reduction, axes: [1], keepDimensions: false), i))
      }
    }
    return cases + [
      OperatorCase(.argMax(axis: 1, keepDimensions: true), x),
      OperatorCase(.argMax(axis: 0, keepDimensions: false), i),
      OperatorCase(.averagePool(window, countsPadding: true), image),
      OperatorCase(.averagePool(window, countsPadding: false), image),
      OperatorCase(.maxPool(window), image),
    ]
  }()

  static let movement: [OperatorCase] = {
    let x = Tensor.counting([2, 3, 4])
    let image = Tensor.counting([2, 8, 4, 6])
    return [
      OperatorCase(.reshape(shape: [6, 1, 4]), x),
      OperatorCase(.transpose(permutation: [2, 0, 1]), x),
      OperatorCase(.transpose(permutation: [0, 2, 3, 1]), image),
      OperatorCase(.slice(starts: [1, 2, 0], steps: [1, -1, 3], counts: [1, 3, 2]), x),
      OperatorCase(.slice(starts: [0, 0, 0], steps: [1, 1, 1], counts: [0, 3, 4]), x),
      OperatorCase(.split(axis: 2, sizes: [1, 0, 3]), x),
      OperatorCase(.concat(axis: 1), x, Tensor.counting([2, 1, 4]), x),
      OperatorCase(.pad(pads: [0, 1, -1, 1, 2, 3], mode: .constant, value: 7), x),
      OperatorCase(.pad(pads: [0, 2, 1, 0, 1, 3], mode: .reflect, value: 0), x),
      OperatorCase(.pad(pads: [3, 2, -1, 0, 0, 5], mode: .edge, value: 0), x),
      OperatorCase(.gather(axis: 1), x, .ints([2, 2], [0, -1, 2, 1])),
      OperatorCase(.gather(axis: 0), x, .ints([], [1])),
      OperatorCase(.gatherElements(axis: 2), x, .ints([2, 2, 1], [0, 3, -2, 1])),
      OperatorCase(.gatherND(batchDimensions: 0), x, .ints([2, 2], [0, 1, -1, 2])),
      OperatorCase(.gatherND(batchDimensions: 1), x, .ints([2, 1, 1], [2, 0])),
      OperatorCase(
        .scatterND, x, .ints([2, 2], [0, 1, 1, 2]),
        Tensor(shape: [2, 4], (50..<58).map(Float.init))),
      OperatorCase(.expand(shape: [2, 2, 3, 4]), Tensor.counting([2, 1, 4])),
      OperatorCase(.tile(repeats: [2, 1, 3]), x),
      OperatorCase(.depthToSpace(blockSize: 2, columnRowDepth: false), image),
      OperatorCase(.depthToSpace(blockSize: 2, columnRowDepth: true), image),
      OperatorCase(.spaceToDepth(blockSize: 2), image),
    ]
  }()

  static let resampling: [OperatorCase] = {
    var random = Random(5)
    let x = random.tensor([1, 2, 5, 7])
    var cases: [OperatorCase] = []
    for mode in [Resize.Mode.linear, .cubic] {
      for coordinates in [
        Resize.Coordinates.halfPixel, .halfPixelSymmetric, .pytorchHalfPixel, .asymmetric,
        .alignCorners,
      ] {
        let resize = Resize(
          mode: mode, coordinates: coordinates, from: x.shape, to: [1, 2, 9, 4])
        cases.append(OperatorCase(.resize(resize), x))
      }
    }
    return cases
  }()

  static let folding: [OperatorCase] = [
    OperatorCase(.range, .ints([], [2]), .ints([], [9]), .ints([], [3])),
    OperatorCase(
      .cumulativeSum(exclusive: false, reverse: true), .counting([2, 3]), .ints([], [1])),
    OperatorCase(.triangle(upper: true), .counting([2, 3, 3]), .ints([], [1])),
    OperatorCase(.nonZero, Tensor(shape: [2, 2], [0, 3, 1, 0])),
  ]
}
