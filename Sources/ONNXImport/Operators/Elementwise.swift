import SwiftletGraph

extension OperatorTable {
  static func unary(_ function: Unary) -> Builder {
    { (context) throws(NodeFailure) in
      try context.results(.unary(function), try context.required(0))
    }
  }

  static func elu(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let alpha = try context.attributes.float("alpha", default: 1)
    return try context.results(.unary(.elu(alpha: alpha)), try context.required(0))
  }

  static func leakyRelu(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let slope = try context.attributes.float("alpha", default: 0.01)
    return try context.results(.unary(.leakyRelu(slope: slope)), try context.required(0))
  }

  static func hardSigmoid(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let alpha = try context.attributes.float("alpha", default: 0.2)
    let beta = try context.attributes.float("beta", default: 0.5)
    return try context.results(
      .unary(.hardSigmoid(alpha: alpha, beta: beta)), try context.required(0))
  }

  static func gelu(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let function: Unary = try context.attributes.choice(
      "approximate", default: "none", ["none": .gelu, "tanh": .geluTanh])
    return try context.results(.unary(function), try context.required(0))
  }

  static func swish(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let x = try context.required(0)
    let alpha = try context.attributes.float("alpha", default: 1)
    if alpha == 1 { return try context.results(.unary(.silu), x) }
    let scaled = try context.emit(.binary(.multiply), x, context.constant(alpha))
    let gate = try context.emit(.unary(.sigmoid), scaled)
    return try context.results(.binary(.multiply), x, gate)
  }

  /// Bounds are attributes up to opset 10, operands since.
  static func clip(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    var x = try context.required(0)
    if context.opset < 11 {
      let low = try context.attributes.float("min", default: -.infinity)
      let high = try context.attributes.float("max", default: .infinity)
      return try context.results(.unary(.clip(low: low, high: high)), x)
    }
    let bounds = [try context.optional(1), try context.optional(2)]
    let isConstant = bounds.allSatisfy { id in
      id.map { context.builder.graph.values[$0].constant != nil } ?? true
    }
    if isConstant, context.elementType(x) == .float {
      let low = try context.scalar(1) ?? -.infinity
      let high = try context.scalar(2) ?? .infinity
      return try context.results(.unary(.clip(low: low, high: high)), x)
    }
    if let low = bounds[0] { x = try context.emit(.binary(.maximum), x, low) }
    if let high = bounds[1] { x = try context.emit(.binary(.minimum), x, high) }
    return [.value(x)]
  }

  static func binary(_ function: Binary) -> Builder {
    { (context) throws(NodeFailure) in
      try context.results(.binary(function), try context.required(0), try context.required(1))
    }
  }

  static func compare(_ comparison: Comparison) -> Builder {
    { (context) throws(NodeFailure) in
      try context.results(.compare(comparison), try context.required(0), try context.required(1))
    }
  }

  static func variadic(_ function: Binary) -> Builder {
    { (context) throws(NodeFailure) in [.value(try combine(function, context))] }
  }

  private static func combine(
    _ function: Binary, _ context: NodeContext
  ) throws(NodeFailure) -> Graph.ValueID {
    let operands = try context.allInputs()
    var result = operands[0]
    for operand in operands.dropFirst() {
      result = try context.emit(.binary(function), result, operand)
    }
    return result
  }

  static func mean(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let sum = try combine(.add, context)
    let share = context.constant(1 / Float(context.inputs.count))
    return try context.results(.binary(.multiply), sum, share)
  }

  static func exclusiveOr(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let (a, b) = (try context.required(0), try context.required(1))
    for id in [a, b] where context.elementType(id) != .bool {
      throw NodeFailure("its operands are not booleans")
    }
    return try context.results(.unary(.not), try context.emit(.compare(.equal), a, b))
  }

  /// The result has the base's type, whatever the exponent's.
  static func power(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    var (base, exponent) = (try context.required(0), try context.required(1))
    let type = context.elementType(base)
    if type == context.elementType(exponent) {
      return try context.results(.binary(.power), base, exponent)
    }
    base = try convert(base, to: .float, context)
    exponent = try convert(exponent, to: .float, context)
    let result = try context.emit(.binary(.power), base, exponent)
    return [.value(try convert(result, to: type, context))]
  }

  /// With `fmod` the remainder has the dividend's sign, otherwise the divisor's.
  static func modulo(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let (a, b) = (try context.required(0), try context.required(1))
    let truncates = try context.attributes.flag("fmod")
    guard context.elementType(a) == .int, truncates else {
      return try context.results(.binary(.modulo), a, b)
    }
    let quotient = try context.emit(.binary(.divide), a, b)
    let whole = try context.emit(.binary(.multiply), quotient, b)
    return try context.results(.binary(.subtract), a, whole)
  }

  static func prelu(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let (x, slope) = (try context.required(0), try context.required(1))
    if let tensor = context.builder.graph.values[slope].constant, tensor.count == 1,
      let value = tensor.floats?[0], tensor.shape.count <= context.shape(x).count
    {
      return try context.results(.unary(.leakyRelu(slope: value)), x)
    }
    let zero = context.constant(0)
    let negative = try context.emit(.binary(.minimum), x, zero)
    let scaled = try context.emit(.binary(.multiply), negative, slope)
    return try context.results(.binary(.add), try context.emit(.unary(.relu), x), scaled)
  }

  static func select(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    try context.results(
      .select, try context.required(0), try context.required(1), try context.required(2))
  }
}
