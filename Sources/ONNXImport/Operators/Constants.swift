import SwiftletGraph

extension OperatorTable {
  static func constantValue(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let attributes = context.attributes
    let tensor: Tensor
    if let proto = try attributes.tensor("value") {
      tensor = try context.decoder.decode(proto)
    } else if let value = try attributes.float("value_float") {
      tensor = Tensor(shape: [], [value])
    } else if let values = try attributes.floats("value_floats") {
      tensor = Tensor(shape: [values.count], values)
    } else if let value = try attributes.int("value_int") {
      tensor = Tensor(shape: [], .int([Int64(value)]))
    } else if let values = try attributes.ints("value_ints") {
      tensor = Tensor(shape: [values.count], .int(values.map(Int64.init)))
    } else {
      throw NodeFailure("its value is neither a dense tensor nor numbers")
    }
    // A function's constant is decoded again at every call.
    try context.builder.spend(tensor.count)
    return [.value(context.constant(tensor))]
  }

  static func constantOfShape(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    guard let shape = try context.integers(0) else { throw NodeFailure("its shape is missing") }
    let count = try elementCount(shape)
    try context.builder.spend(count)
    let value =
      try context.attributes.tensor("value").map { (proto) throws(NodeFailure) in
        try context.decoder.decode(proto)
      } ?? Tensor(shape: [1], [0])
    guard value.count == 1 else {
      throw NodeFailure("attribute 'value' has \(value.count) elements; one is expected")
    }
    let storage: Tensor.Storage =
      switch value.storage {
      case .float(let values): .float(.init(repeating: values[0], count: count))
      case .int(let values): .int(.init(repeating: values[0], count: count))
      case .bool(let values): .bool(.init(repeating: values[0], count: count))
      }
    return [.value(context.constant(Tensor(shape: shape, storage)))]
  }

  /// Shapes are static, so this is a constant whatever the operand is.
  static func shape(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let shape = context.shape(try context.required(0))
    func clamp(_ index: Int) -> Int {
      max(0, min(shape.count, index < 0 ? index + shape.count : index))
    }
    let start = clamp(try bounded(context.attributes.int("start", default: 0)))
    let end = clamp(try bounded(context.attributes.int("end", default: shape.count)))
    let part = start < end ? shape[start..<end] : []
    return [.value(context.constant(Tensor(shape: [part.count], .int(part.map(Int64.init)))))]
  }

  private static func bounded(_ value: Int) -> Int {
    max(-Limits.extent, min(Limits.extent, value))
  }

  static func size(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let count = try elementCount(context.shape(try context.required(0)))
    return [.value(context.constant(Tensor(shape: [], .int([Int64(count)]))))]
  }

  static func range(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    guard let start = try context.scalar(0), let limit = try context.scalar(1),
      let delta = try context.scalar(2)
    else { throw NodeFailure("its start, limit or delta is missing") }
    let count = (Double(limit) - Double(start)) / Double(delta)
    guard count.isFinite, count < Double(Limits.elements) else {
      throw NodeFailure("a range from \(start) to \(limit) by \(delta) has too many elements")
    }
    try context.builder.spend(max(0, Int(count.rounded(.up))))
    return try context.results(
      .range, try context.required(0), try context.required(1), try context.required(2))
  }

  static func cumulativeSum(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let op = Operator.cumulativeSum(
      exclusive: try context.attributes.flag("exclusive"),
      reverse: try context.attributes.flag("reverse"))
    try context.requireConstant("CumSum")
    let x = try context.required(0)
    guard let axis = try context.integers(1), axis.count == 1 else {
      throw NodeFailure("its axis is not one integer")
    }
    let front = try context.axis(axis[0], rank: context.shape(x).count)
    return try context.results(
      op, x, context.constant(Tensor(shape: [], .int([Int64(front)]))))
  }

  static func nonZero(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    try context.requireConstant("NonZero")
    let x = try context.required(0)
    try context.builder.spend(try elementCount(context.shape(x)) * max(1, context.shape(x).count))
    return try context.results(.nonZero, x)
  }

  /// On data, the other triangle is replaced by zeros: a choice by a constant mask.
  static func triangle(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let x = try context.required(0)
    let op = Operator.triangle(upper: try context.attributes.flag("upper", default: true))
    let shape = context.shape(x)
    let offset = try context.integers(1)
    if let offset {
      guard offset.count == 1, abs(offset[0].clamped(to: Limits.extent)) < Limits.extent else {
        throw NodeFailure("its offset is not one small integer")
      }
    }
    if context.builder.graph.values[x].constant != nil {
      return try context.results(op, x, try context.optional(1))
    }
    guard shape.count >= 2 else { throw NodeFailure("its operand has rank \(shape.count)") }
    let plane = Array(shape.suffix(2))
    let count = try elementCount(plane)
    try context.builder.spend(count)
    let ones = context.constant(Tensor(shape: plane, .int(.init(repeating: 1, count: count))))
    let triangle = try context.emit(op, ones, try context.optional(1))
    let mask = try context.emit(.cast(.bool), triangle)
    let zero = context.constant(
      Tensor(shape: [], context.elementType(x) == .float ? .float([0]) : .int([0])))
    return try context.results(.select, mask, x, zero)
  }

  static func identity(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    if case .sequence(let ids)?? = context.inputs.first { return [.sequence(ids)] }
    return [.value(try context.required(0))]
  }

  static func dropout(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    context.attributes.ignore("ratio", "seed", "is_test")
    let x = try context.required(0)
    if let training = try context.integers(2), training.contains(where: { $0 != 0 }),
      try context.scalar(1) ?? 0.5 != 0
    {
      throw NodeFailure(
        "it drops elements at random (training_mode)", remedy: "export the model in eval mode")
    }
    guard context.outputCount > 1 else { return [.value(x)] }
    let shape = context.shape(x)
    let count = try elementCount(shape)
    try context.builder.spend(count)
    let mask = Tensor(shape: shape, .bool(.init(repeating: true, count: count)))
    return [.value(x), .value(context.constant(mask))]
  }
}

extension NodeContext {
  /// Fails where the node is left for run time: for operators that only ever appear in computations of shapes.
  func requireConstant(_ what: String) throws(NodeFailure) {
    for index in inputs.indices {
      guard let id = try optional(index), builder.graph.values[id].constant == nil else { continue }
      throw NodeFailure(
        "\(what) of values that depend on the model's input is not supported",
        remedy: "end the model before it, at its logits, or replace it")
    }
  }
}

extension Int {
  func clamped(to magnitude: Int) -> Int { Swift.max(-magnitude, Swift.min(magnitude, self)) }
}
