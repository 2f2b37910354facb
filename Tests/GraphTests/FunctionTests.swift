import Foundation
import SwiftletGraph
import Testing

@Suite struct FunctionTests {
  static func reference(_ unary: Unary, _ x: Double) -> Double {
    switch unary {
    case .relu: max(x, 0)
    case .sigmoid: 1 / (1 + exp(-x))
    case .tanh: tanh(x)
    case .erf: erf(x)
    case .exp: exp(x)
    case .log: log(x)
    case .sqrt: x.squareRoot()
    case .reciprocal: 1 / x
    case .absolute: abs(x)
    case .negate: -x
    case .floor: floor(x)
    case .ceil: ceil(x)
    case .round: x.rounded(.toNearestOrEven)
    case .sign: x > 0 ? 1 : (x < 0 ? -1 : 0)
    case .sin: sin(x)
    case .cos: cos(x)
    case .softplus: log1p(exp(x))
    case .not: x == 0 ? 1 : 0
    case .gelu: 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
    case .geluTanh: 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    case .silu: x / (1 + exp(-x))
    case .hardSwish: x * min(max(x / 6 + 0.5, 0), 1)
    case .mish: x * tanh(log1p(exp(x)))
    case .hardSigmoid(let alpha, let beta): min(max(Double(alpha) * x + Double(beta), 0), 1)
    case .leakyRelu(let slope): x < 0 ? Double(slope) * x : x
    case .elu(let alpha): x < 0 ? Double(alpha) * expm1(x) : x
    case .clip(let low, let high): min(max(x, Double(low)), Double(high))
    case .composed(let function): reference(function, x)
    }
  }

  private static func reference(_ function: ScalarFunction, _ x: Double) -> Double {
    var results: [Double] = []
    func value(_ operand: ScalarFunction.Operand) -> Double {
      switch operand {
      case .argument: x
      case .constant(let value): Double(value)
      case .step(let step): results[step]
      }
    }
    for step in function.steps {
      switch step {
      case .unary(let unary, let operand): results.append(reference(unary, value(operand)))
      case .binary(let binary, let a, let b):
        let (a, b) = (value(a), value(b))
        switch binary {
        case .add: results.append(a + b)
        case .subtract: results.append(a - b)
        case .multiply: results.append(a * b)
        case .divide: results.append(a / b)
        case .power: results.append(pow(a, b))
        case .minimum: results.append(min(a, b))
        case .maximum: results.append(max(a, b))
        case .modulo, .and, .or: results.append(.nan)
        }
      }
    }
    return results.last ?? .nan
  }

  /// Relative to the value, or, where terms cancel, to the input.
  @Test(arguments: OperatorCase.unaries)
  func unariesAreAccurate(_ unary: Unary) throws {
    let positive = [Unary.log, .sqrt].contains(unary)
    let cancels = [
      Unary.gelu, .geluTanh, .silu, .hardSwish, .hardSigmoid(alpha: 0.2, beta: 0.5), .sin, .cos,
      .log,
    ].contains(unary)
    var random = Random(11)
    for scale: Float in [1e-6, 1e-2, 1, 10, 80] {
      let x = random.tensor([4001], in: positive ? 1e-9 * scale...scale : -scale...scale)
      let y = try Operator.unary(unary).first(x).values
      var worst = 0.0
      for (x, y) in zip(x.values, y) where x != 0 {
        let expected = Self.reference(unary, Double(x))
        let unit = max(abs(expected), cancels ? min(1, abs(Double(x))) : 1e-37)
        worst = max(worst, abs(Double(y) - expected) / unit)
      }
      #expect(worst < 3e-7, "\(unary) up to \(scale)")
    }
  }

  @Test(arguments: [Unary.exp, .sigmoid, .tanh, .erf, .gelu, .relu, .mish, .softplus])
  func extremesAreDefined(_ unary: Unary) {
    #expect(unary(.nan).isNaN)
    let high = unary(.infinity)
    let low = unary(-1e30)
    #expect(high == Float(Self.reference(unary, 1e3)) || high == .infinity)
    #expect(abs(low) == Float(abs(Self.reference(unary, -1e3))))
  }

  @Test func powersFollowTheMathematics() throws {
    let x: [Float] = [2, -2, 0, 3, -3, 9, 0.5, 1, -1, -1, -1, -1, -8, -1]
    let y: [Float] = [10, 3, 2, -2, 0, 0.5, 3.5, .infinity, 3, 4, -5, .infinity, 0.25, 0.5]
    let result = try Operator.binary(.power).first(
      Tensor(shape: [x.count], x), Tensor(shape: [y.count], y)
    ).values
    for (index, result) in result.dropLast(2).enumerated() {
      let difference: Float = abs(result - pow(x[index], y[index]))
      #expect(difference <= 1e-7 * abs(result), "\(x[index]) to the \(y[index])")
    }
    #expect(result.suffix(2).allSatisfy { $0.isNaN })
    let square = try Operator.binary(.power).first(
      Tensor(shape: [2], [3, -4]), Tensor(shape: [], [2]))
    #expect(square.values == [9, 16])
  }

  @Test func integersDivideTowardsZeroAndTakeTheDivisorsSign() throws {
    let (a, b) = (Tensor.ints([4], [7, -7, 7, -7]), Tensor.ints([4], [2, 2, -2, -2]))
    #expect(try Operator.binary(.divide).first(a, b) == .ints([4], [3, -3, -3, 3]))
    #expect(try Operator.binary(.modulo).first(a, b) == .ints([4], [1, 1, -1, -1]))
    let zero = Tensor.ints([], [0])
    #expect(throws: GraphError.self) { try Operator.binary(.divide).first(a, zero) }
    let extreme = Tensor.ints([1], [.min])
    #expect(try Operator.binary(.divide).first(extreme, .ints([], [-1])) == extreme)
  }

  @Test func castsSaturate() throws {
    let x = Tensor(shape: [5], [1.9, -1.9, .nan, 1e30, -.infinity])
    #expect(try Operator.cast(.int).first(x) == .ints([5], [1, -1, 0, .max, .min]))
  }

  @Test func normalizationsHaveTheMomentsTheyPromise() throws {
    var random = Random(13)
    let x = random.tensor([3, 1000], in: 4...9)
    let y = try Operator.layerNorm(axis: 1, epsilon: 0).first(x, .init(shape: [1], [1])).values
    for row in 0..<3 {
      let values = y[row * 1000..<row * 1000 + 1000].map(Double.init)
      let mean = values.reduce(0, +) / 1000
      #expect(abs(mean) < 1e-6)
      let variance: Double = values.reduce(0) { $0 + $1 * $1 } / 1000
      #expect(abs(variance - 1) < 1e-5)
    }
    let p = try Operator.softmax(axis: 0).first(x).values
    for column in 0..<1000 {
      let sum: Float = p[column] + p[1000 + column] + p[2000 + column]
      #expect(abs(sum - 1) < 1e-6)
    }
    let single = try Operator.softmax(axis: 0).first(Tensor(shape: [2], [0, 1000]))
    #expect(single.values == [0, 1])
  }

  @Test func batchNormInBothModes() throws {
    let x = Tensor(shape: [1, 2, 2], [1, 3, 10, 30])
    let (scale, bias) = (Tensor(shape: [2], [1, 2]), Tensor(shape: [2], [0, 1]))
    let (mean, variance) = (Tensor(shape: [2], [1, 10]), Tensor(shape: [2], [4, 100]))
    let y = try Operator.batchNorm(epsilon: 0, training: false).first(
      x, scale, bias, mean, variance)
    #expect(y.values == [0, 1, 1, 5])
    let trained = try Operator.batchNorm(epsilon: 0, training: true)
      .evaluate([x, scale, bias, mean, variance])
    #expect(trained.map(\.values) == [[-1, 1, -1, 3], [2, 20], [1, 100]])
  }

  @Test func groupNormOfOneGroupAndOfEveryChannel() throws {
    var random = Random(17)
    let x = random.tensor([2, 4, 5])
    let (scale, bias) = (random.tensor([4]), random.tensor([4]))
    let instance = try Operator.instanceNorm(epsilon: 1e-5).first(x, scale, bias)
    #expect(try Operator.groupNorm(groups: 4, epsilon: 1e-5).first(x, scale, bias) == instance)
    let (ones, zeros) = (Tensor(shape: [4], [1, 1, 1, 1]), Tensor(shape: [4], [0, 0, 0, 0]))
    let whole = try Operator.groupNorm(groups: 1, epsilon: 1e-5).first(x, ones, zeros)
    let row = try Operator.layerNorm(axis: 1, epsilon: 1e-5).first(x, Tensor(shape: [1], [1]))
    #expect(row == whole)
  }
}
