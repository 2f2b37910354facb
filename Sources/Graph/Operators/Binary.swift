internal import CSwiftletFloat

package enum Binary: Sendable, Equatable {
  case add, subtract, multiply, divide, power, modulo, minimum, maximum, and, or
}

extension Binary: OperatorBody {
  var name: String { "\(self)" }
  var arity: ClosedRange<Int> { 2...2 }

  func infer(_ operands: Operands) throws(GraphError) -> [ValueInfo] {
    let type = try operands.expectOneType(0, 1, "operands of one element type")
    let logical = self == .and || self == .or
    try operands.expect((type == .bool) == logical, logical ? "booleans" : "numbers")
    let shape = try operands.broadcast(try operands[0].shape, try operands[1].shape)
    return [ValueInfo(shape: shape, elementType: type)]
  }

  func evaluate(_ run: Evaluation) throws(GraphError) -> [Tensor.Storage] {
    switch (run.tensor(0).storage, run.tensor(1).storage) {
    case (.float(let a), .float(let b)):
      if let kernel { return [.float(run.combine(a, b, kernel, (run.shape(0), run.shape(1))))] }
      return [.float(self == .power ? power(a, b, run) : run.mapped(a, b, swiftlet_float_modulo))]
    case (.int(let a), .int(let b)):
      if self == .divide || self == .modulo, b.contains(0) {
        throw run.operands.error("integers that are not divided by 0")
      }
      return [.int(run.mapped(a, b, integer))]
    case (.bool(let a), .bool(let b)):
      return [.bool(run.mapped(a, b) { self == .and ? $0 && $1 : $0 || $1 })]
    default: throw run.operands.error("operands of one element type")
    }
  }

  private func power(_ a: [Float], _ b: [Float], _ run: Evaluation) -> [Float] {
    if b.count == 1 {
      let shape = run.shape(0)
      if b[0] == 2 { return run.combine(a, a, SWIFTLET_FLOAT_MULTIPLY, (shape, shape)) }
      if b[0] == 0.5 { return a.map { $0.squareRoot() } }
    }
    return run.mapped(a, b, swiftlet_float_power)
  }

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

extension Evaluation {
  /// The operands combined by a kernel, row by row of the broadcast.
  ///
  /// `shapes` are the operands'.
  fileprivate func combine(
    _ a: [Float], _ b: [Float], _ kind: swiftlet_float_binary, _ shapes: ([Int], [Int])
  ) -> [Float] {
    let rows = BroadcastRows(output, shapes.0, shapes.1)
    let kernels = kernels
    return workspace.filled(outputs[0].count) { out in
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          guard let a = a.baseAddress, let b = b.baseAddress else { return }
          if rows.count == 1 {
            workspace.parallel(rows.length, grain: 1 << 14) { _, range in
              let first = range.lowerBound
              kernels.binary(
                kind, out + first, a + first * rows.steps.0, rows.steps.0,
                b + first * rows.steps.1, rows.steps.1, range.count)
            }
          } else {
            workspace.parallel(rows.count, grain: max(1, 1 << 14 / rows.length)) { _, range in
              rows.forEach(range) { row, first, second in
                kernels.binary(
                  kind, out + row * rows.length, a + first, rows.steps.0, b + second,
                  rows.steps.1, rows.length)
              }
            }
          }
        }
      }
    }
  }
}
