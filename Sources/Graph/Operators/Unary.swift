internal import CSwiftletFloat

/// A function of one element. Whatever is here becomes a look-up table on the device.
package enum Unary: Sendable, Equatable {
  case relu, sigmoid, tanh, erf, exp, log, sqrt, reciprocal, absolute, negate, floor, ceil, round,
    sign
  case sin, cos, softplus, not
  case gelu, geluTanh, silu, hardSwish, mish
  case hardSigmoid(alpha: Float, beta: Float)
  case leakyRelu(slope: Float)
  case elu(alpha: Float)
  case clip(low: Float, high: Float)
  case composed(ScalarFunction)
}

extension Unary: OperatorBody {
  package var name: String {
    Mirror(reflecting: self).children.first?.label ?? "\(self)"
  }

  var attributes: [String] {
    switch self {
    case .hardSigmoid(let alpha, let beta): ["alpha \(alpha)", "beta \(beta)"]
    case .leakyRelu(let slope): ["slope \(slope)"]
    case .elu(let alpha): ["alpha \(alpha)"]
    case .clip(let low, let high): ["\(low), \(high)"]
    case .composed(let function): ["\(function)"]
    case .relu, .sigmoid, .tanh, .erf, .exp, .log, .sqrt, .reciprocal, .absolute, .negate, .floor,
      .ceil, .round, .sign, .sin, .cos, .softplus, .not, .gelu, .geluTanh, .silu, .hardSwish, .mish:
      []
    }
  }

  func infer(_ operands: Operands) throws(GraphError) -> [ValueInfo] {
    let x = try operands[0]
    try operands.expect(accepts(x.elementType), "an element type that the function takes")
    return [x]
  }

  func evaluate(_ run: Evaluation) throws(GraphError) -> [Tensor.Storage] {
    switch run.tensor(0).storage {
    case .float(let x):
      let kernels = run.kernels
      let y = run.computed(x.count, of: x, in: x.count, size: 1, grain: 1 << 14) { out, x, range in
        apply(kernels, x + range.lowerBound, out + range.lowerBound, range.count)
      }
      return [.float(y)]
    case .int(let x):
      guard let onIntegers else { throw run.operands.error("a float operand") }
      return [.int(x.map(onIntegers))]
    case .bool(let x): return [.bool(x.map { !$0 })]
    }
  }

  /// Integers take what is exact on them; booleans only `not`.
  package func accepts(_ type: ElementType) -> Bool {
    switch type {
    case .float: self != .not
    case .int: onIntegers != nil
    case .bool: self == .not
    }
  }

  /// The function on integers, or nil where it is not exact on them.
  private var onIntegers: ((Int64) -> Int64)? {
    switch self {
    case .relu: { max($0, 0) }
    case .absolute: { $0 < 0 ? 0 &- $0 : $0 }
    case .negate: { 0 &- $0 }
    case .sign: { $0.signum() }
    case .clip(let low, let high):
      { min(max($0, Int64(saturating: low)), Int64(saturating: high)) }
    case .sigmoid, .tanh, .erf, .exp, .log, .sqrt, .reciprocal, .floor, .ceil, .round, .sin, .cos,
      .softplus, .not, .gelu, .geluTanh, .silu, .hardSwish, .mish, .hardSigmoid, .leakyRelu, .elu,
      .composed:
      nil
    }
  }

  /// The function's value at one point: what the interpreter computes, bit for bit.
  package func callAsFunction(_ x: Float) -> Float {
    var (input, output) = (x, Float.nan)
    apply(FloatKernels.selected.functions, &input, &output, 1)
    return output
  }

  /// The function's values, as `callAsFunction` computes them.
  package func values(at x: [Float]) -> [Float] {
    [Float](unsafeUninitializedCapacity: x.count) { output, count in
      if let out = output.baseAddress {
        apply(FloatKernels.selected.functions, x, out, x.count)
      }
      count = x.count
    }
  }

  func apply(
    _ kernels: swiftlet_float_kernels, _ x: UnsafePointer<Float>,
    _ out: UnsafeMutablePointer<Float>,
    _ count: Int
  ) {
    func vector(_ kind: swiftlet_float_unary, _ alpha: Float = 0, _ beta: Float = 0) {
      kernels.unary(kind, alpha, beta, out, x, count)
    }
    func scalar(_ function: (Float) -> Float) {
      for index in 0..<count { out[index] = function(x[index]) }
    }
    switch self {
    case .relu: vector(SWIFTLET_FLOAT_RELU)
    case .sigmoid: vector(SWIFTLET_FLOAT_SIGMOID)
    case .tanh: vector(SWIFTLET_FLOAT_TANH)
    case .erf: vector(SWIFTLET_FLOAT_ERF)
    case .exp: vector(SWIFTLET_FLOAT_EXP)
    case .log: scalar(swiftlet_float_log)
    case .sqrt: vector(SWIFTLET_FLOAT_SQRT)
    case .reciprocal: vector(SWIFTLET_FLOAT_RECIPROCAL)
    case .absolute: vector(SWIFTLET_FLOAT_ABSOLUTE)
    case .negate: vector(SWIFTLET_FLOAT_NEGATE)
    case .floor: vector(SWIFTLET_FLOAT_FLOOR)
    case .ceil: vector(SWIFTLET_FLOAT_CEIL)
    case .round: vector(SWIFTLET_FLOAT_ROUND)
    case .sign: vector(SWIFTLET_FLOAT_SIGN)
    case .sin: scalar(swiftlet_float_sin)
    case .cos: scalar(swiftlet_float_cos)
    case .softplus: scalar(swiftlet_float_softplus)
    case .not: scalar { $0 == 0 ? 1 : 0 }
    case .gelu: vector(SWIFTLET_FLOAT_GELU)
    case .geluTanh: vector(SWIFTLET_FLOAT_GELU_TANH)
    case .silu: vector(SWIFTLET_FLOAT_SILU)
    case .hardSwish: vector(SWIFTLET_FLOAT_HARD_SWISH)
    case .mish: scalar(swiftlet_float_mish)
    case .hardSigmoid(let alpha, let beta): vector(SWIFTLET_FLOAT_HARD_SIGMOID, alpha, beta)
    case .leakyRelu(let slope): vector(SWIFTLET_FLOAT_LEAKY_RELU, slope)
    case .elu(let alpha): scalar { swiftlet_float_elu($0, alpha) }
    case .clip(let low, let high): vector(SWIFTLET_FLOAT_CLIP, low, high)
    case .composed(let function): function.apply(kernels, x, out, count)
    }
  }
}
