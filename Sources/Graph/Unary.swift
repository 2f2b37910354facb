internal import CSwiftletFloat

extension Unary {
  /// Integers take what is exact on them; booleans only `not`.
  package func accepts(_ type: ElementType) -> Bool {
    switch (type, self) {
    case (.bool, .not): true
    case (.bool, _), (_, .not): false
    case (.float, _): true
    case (.int, .relu), (.int, .absolute), (.int, .negate), (.int, .sign), (.int, .clip): true
    case (.int, _): false
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

extension Binary {
  /// The kernel, or nil where there is none for floats.
  var kernel: swiftlet_float_binary? {
    switch self {
    case .add: SWIFTLET_FLOAT_ADD
    case .subtract: SWIFTLET_FLOAT_SUBTRACT
    case .multiply: SWIFTLET_FLOAT_MULTIPLY
    case .divide: SWIFTLET_FLOAT_DIVIDE
    case .minimum: SWIFTLET_FLOAT_MINIMUM
    case .maximum: SWIFTLET_FLOAT_MAXIMUM
    case .power, .modulo, .and, .or: nil
    }
  }

  /// On integers: wrapping, division towards zero, and a remainder of the divisor's sign, which is
  /// not 0.
  func integer(_ a: Int64, _ b: Int64) -> Int64 {
    switch self {
    case .add: return a &+ b
    case .subtract: return a &- b
    case .multiply: return a &* b
    case .divide: return a.dividedReportingOverflow(by: b).partialValue
    case .modulo:
      let remainder = a.remainderReportingOverflow(dividingBy: b).partialValue
      return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder
    case .power:
      if b < 0 { return a == 1 ? 1 : (a == -1 ? (b & 1 == 0 ? 1 : -1) : 0) }
      var (result, base, exponent) = (Int64(1), a, b)
      while exponent > 0 {
        if exponent & 1 == 1 { result = result &* base }
        base = base &* base
        exponent >>= 1
      }
      return result
    case .minimum: return min(a, b)
    case .maximum: return max(a, b)
    case .and: return a & b
    case .or: return a | b
    }
  }
}

extension Comparison {
  func holds<Element: Comparable>(_ a: Element, _ b: Element) -> Bool {
    switch self {
    case .equal: a == b
    case .less: a < b
    case .lessOrEqual: a <= b
    case .greater: a > b
    case .greaterOrEqual: a >= b
    }
  }
}

extension Int64 {
  /// The nearest integer towards zero that fits; 0 for NaN.
  init(saturating x: Float) {
    if x.isNaN {
      self = 0
    } else if x >= 0x1p63 {
      self = .max
    } else {
      self = x <= -0x1p63 ? .min : Int64(x)
    }
  }
}
