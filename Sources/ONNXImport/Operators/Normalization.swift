import SwiftletGraph

extension OperatorTable {
  static func batchNorm(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let attributes = context.attributes
    let epsilon = try attributes.float("epsilon", default: 1e-5)
    let momentum = try attributes.float("momentum", default: 0.9)
    try attributes.require("spatial", equals: 1)
    let training = try attributes.flag("training_mode")
    if context.opset < 14, context.outputCount > 1 {
      throw NodeFailure(
        "it is in training mode (it has \(context.outputCount) outputs)",
        remedy: "export the model in eval mode")
    }
    var inputs: [Graph.ValueID] = []
    for index in 0..<5 { inputs.append(try context.required(index)) }
    let outputs = try context.emitAll(.batchNorm(epsilon: epsilon, training: training), inputs)
    guard training, context.outputCount > 1 else { return [.value(outputs[0])] }
    // The running moments: momentum * old + (1 - momentum) * new.
    var results = [Binding.value(outputs[0])]
    for index in 1...2 {
      let old = try context.emit(.binary(.multiply), inputs[index + 2], context.constant(momentum))
      let new = try context.emit(
        .binary(.multiply), outputs[index], context.constant(1 - momentum))
      results.append(.value(try context.emit(.binary(.add), old, new)))
    }
    return results
  }

  static func layerNorm(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    context.attributes.ignore("stash_type")
    let (x, scale) = (try context.required(0), try context.required(1))
    let rank = context.shape(x).count
    let axis = try context.axis(try context.attributes.int("axis", default: -1), rank: rank)
    let epsilon = try context.attributes.float("epsilon", default: 1e-5)
    let result = try context.emit(
      .layerNorm(axis: axis, epsilon: epsilon), x, scale, try context.optional(2))
    guard context.outputCount > 1 else { return [.value(result)] }
    // The moments, where they are asked for; unused ones vanish with the other dead nodes.
    let average = Operator.reduce(.mean, axes: Array(axis..<rank), keepDimensions: true)
    let mean = try context.emit(average, x)
    let centred = try context.emit(.binary(.subtract), x, mean)
    let inverse = try inverseRoot(of: centred, average, epsilon, context)
    return [.value(result), .value(mean), .value(inverse)]
  }

  static func rmsNorm(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    context.attributes.ignore("stash_type")
    let (x, scale) = (try context.required(0), try context.required(1))
    let rank = context.shape(x).count
    let axis = try context.axis(try context.attributes.int("axis", default: -1), rank: rank)
    let epsilon = try context.attributes.float("epsilon", default: 1e-5)
    let average = Operator.reduce(.mean, axes: Array(axis..<rank), keepDimensions: true)
    let inverse = try inverseRoot(of: x, average, epsilon, context)
    let normalized = try context.emit(.binary(.multiply), x, inverse)
    return try context.results(.binary(.multiply), normalized, scale)
  }

  /// `1 / sqrt(mean(x * x) + epsilon)`
  private static func inverseRoot(
    of x: Graph.ValueID, _ average: Operator, _ epsilon: Float, _ context: NodeContext
  ) throws(NodeFailure) -> Graph.ValueID {
    let square = try context.emit(.binary(.multiply), x, x)
    let mean = try context.emit(average, square)
    let shifted = try context.emit(.binary(.add), mean, context.constant(epsilon))
    return try context.emit(.unary(.reciprocal), try context.emit(.unary(.sqrt), shifted))
  }

  static func instanceNorm(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let epsilon = try context.attributes.float("epsilon", default: 1e-5)
    return try context.results(
      .instanceNorm(epsilon: epsilon), try context.required(0), try context.required(1),
      try context.required(2))
  }

  /// Scale and bias are per group up to opset 20, per channel since.
  static func groupNorm(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    context.attributes.ignore("stash_type")
    let x = try context.required(0)
    let epsilon = try context.attributes.float("epsilon", default: 1e-5)
    let shape = context.shape(x)
    guard let groups = try context.attributes.int("num_groups"), shape.count > 2,
      groups > 0, shape[1] % groups == 0
    else { throw NodeFailure("num_groups does not divide the channels of its operand \(shape)") }
    var parameters: [Graph.ValueID] = []
    for index in 1...2 {
      var parameter = try context.required(index)
      if context.opset < 21 {
        parameter = try context.reshape(parameter, [groups, 1])
        parameter = try context.emit(.expand(shape: [groups, shape[1] / groups]), parameter)
        parameter = try context.reshape(parameter, [shape[1]])
      }
      parameters.append(parameter)
    }
    return try context.results(
      .groupNorm(groups: groups, epsilon: epsilon), x, parameters[0], parameters[1])
  }

  static func softmax(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    [
      .value(
        try overSoftmaxAxis(context) { (x, axis) throws(NodeFailure) in
          try context.emit(.softmax(axis: axis), x)
        })
    ]
  }

  /// `(x - max) - log(sum(exp(x - max)))`
  static func logSoftmax(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    [
      .value(
        try overSoftmaxAxis(context) { (x, axis) throws(NodeFailure) in
          let peak = try context.emit(.reduce(.maximum, axes: [axis], keepDimensions: true), x)
          let shifted = try context.emit(.binary(.subtract), x, peak)
          let powers = try context.emit(.unary(.exp), shifted)
          let sum = try context.emit(.reduce(.sum, axes: [axis], keepDimensions: true), powers)
          return try context.emit(.binary(.subtract), shifted, try context.emit(.unary(.log), sum))
        })
    ]
  }

  /// Up to opset 12 all axes from `axis` on count as one.
  private static func overSoftmaxAxis(
    _ context: NodeContext,
    _ body: (Graph.ValueID, Int) throws(NodeFailure) -> Graph.ValueID
  ) throws(NodeFailure) -> Graph.ValueID {
    let x = try context.required(0)
    let shape = context.shape(x)
    let isFlat = context.opset < 13
    let axis = try context.axis(
      try context.attributes.int("axis", default: isFlat ? 1 : -1), rank: shape.count)
    if !isFlat || axis == shape.count - 1 { return try body(x, axis) }
    let rows = [try elementCount(Array(shape[..<axis])), try elementCount(Array(shape[axis...]))]
    return try context.reshape(try body(try context.reshape(x, rows), 1), shape)
  }
}
