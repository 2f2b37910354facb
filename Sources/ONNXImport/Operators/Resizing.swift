import SwiftletGraph

extension OperatorTable {
  static func resize(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let x = try context.required(0)
    let attributes = context.attributes
    attributes.ignore("extrapolation_value")
    let mode = try attributes.choice(
      "mode", default: "nearest", ["nearest": nil, "linear": Resize.Mode.linear, "cubic": .cubic])
    if context.opset < 11 {
      return try resampledFromCorners(x, scales: try context.tensor(1)?.floats, mode, context)
    }
    let coordinates = try attributes.choice(
      "coordinate_transformation_mode", default: "half_pixel",
      [
        "half_pixel": Resize.Coordinates.halfPixel, "half_pixel_symmetric": .halfPixelSymmetric,
        "pytorch_half_pixel": .pytorchHalfPixel, "asymmetric": .asymmetric,
        "align_corners": .alignCorners, "tf_half_pixel_for_nn": .tensorFlowHalfPixel,
      ])
    if coordinates == .tensorFlowHalfPixel, mode != nil {
      throw attributes.unsupported(
        "coordinate_transformation_mode", "tf_half_pixel_for_nn", expected: "half_pixel")
    }
    let rounding = try attributes.choice(
      "nearest_mode", default: "round_prefer_floor",
      [
        "round_prefer_floor": ResizeAxis.Rounding.preferFloor, "round_prefer_ceil": .preferCeil,
        "floor": .floor, "ceil": .ceil,
      ])
    let coefficient = try attributes.float("cubic_coeff_a", default: -0.75)
    if coefficient != -0.75, mode == .cubic {
      throw attributes.unsupported("cubic_coeff_a", "\(coefficient)", expected: "-0.75")
    }
    // Where two neighbours are weighted, the edge that repeats is what leaving it out gives.
    if mode == .cubic { try attributes.require("exclude_outside", equals: 0) }
    attributes.ignore("exclude_outside")

    let rank = context.shape(x).count
    let axes = try context.axes(try attributes.ints("axes") ?? Array(0..<rank), rank: rank)
    let targets = try self.axes(x, axes: axes, context)
    if try attributes.flag("antialias"), mode != nil,
      mode == .cubic || targets.contains(where: { $0.output < $0.input })
    {
      throw attributes.unsupported("antialias", "1", expected: "0")
    }
    return try resampled(x, targets, mode, coordinates, context) { _ in rounding }
  }

  /// `Resize` as it was called up to opset 9.
  static func upsample(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let x = try context.required(0)
    let mode = try context.attributes.choice(
      "mode", default: "nearest", ["nearest": nil, "linear": Resize.Mode.linear])
    let scales =
      context.opset < 9 ? try context.attributes.floats("scales") : try context.tensor(1)?.floats
    return try resampledFromCorners(x, scales: scales, mode, context)
  }

  /// Up to opset 10 there are scales only, and pixels are counted from their corners; the nearest is the next one of those
  /// that are left out, and the last one of those that are repeated.
  private static func resampledFromCorners(
    _ x: Graph.ValueID, scales: [Float]?, _ mode: Resize.Mode?, _ context: NodeContext
  ) throws(NodeFailure) -> [Binding] {
    guard let scales else { throw NodeFailure("its scales are missing") }
    return try resampled(x, try axes(x, scales: scales, context), mode, .asymmetric, context) {
      $0.scale < 1 ? .ceil : .floor
    }
  }

  // MARK: Target sizes

  private static func axis(input: Int, scale: Float) throws(NodeFailure) -> ResizeAxis {
    let output = Float(input) * scale
    guard scale > 0, output < Float(Limits.extent) else {
      throw NodeFailure("the scale \(scale) is out of range")
    }
    return ResizeAxis(input: input, output: Int(output.rounded(.down)), scale: scale)
  }

  private static func axis(
    input: Int, output: Int, scale: Float? = nil
  ) throws(NodeFailure) -> ResizeAxis {
    guard input > 0, (1..<Limits.extent).contains(output) else {
      throw NodeFailure("a dimension of \(input) cannot be resized to \(output)")
    }
    return ResizeAxis(
      input: input, output: output, scale: scale ?? Float(output) / Float(input))
  }

  private static func axes(
    _ x: Graph.ValueID, scales: [Float], _ context: NodeContext
  ) throws(NodeFailure) -> [ResizeAxis] {
    let shape = context.shape(x)
    guard scales.count == shape.count else {
      throw NodeFailure("it has \(scales.count) scales for a tensor of rank \(shape.count)")
    }
    var axes: [ResizeAxis] = []
    for (input, scale) in zip(shape, scales) {
      axes.append(try axis(input: input, scale: scale))
    }
    return axes
  }

  /// Sizes or scales for some axes; the others stay.
  private static func axes(
    _ x: Graph.ValueID, axes: [Int], _ context: NodeContext
  ) throws(NodeFailure) -> [ResizeAxis] {
    let shape = context.shape(x)
    var scales = [Float](repeating: 1, count: shape.count)
    if let stated = try context.tensor(2)?.floats, !stated.isEmpty {
      context.attributes.ignore("keep_aspect_ratio_policy")
      guard stated.count == axes.count else {
        throw NodeFailure("it has \(stated.count) scales for \(axes.count) axes")
      }
      for (axis, scale) in zip(axes, stated) { scales[axis] = scale }
      return try self.axes(x, scales: scales, context)
    }
    guard let sizes = try context.integers(3), sizes.count == axes.count else {
      throw NodeFailure("it has neither scales nor sizes for its \(axes.count) axes")
    }
    let ratios = zip(axes, sizes).map { axis, size in Float(size) / Float(shape[axis]) }
    let common = try context.attributes.choice(
      "keep_aspect_ratio_policy", default: "stretch",
      ["stretch": nil, "not_larger": ratios.min(), "not_smaller": ratios.max()])
    var result = try self.axes(x, scales: scales, context)
    for (axis, size) in zip(axes, sizes) {
      var output = size
      if let common {
        let scaled = Float(shape[axis]) * common
        guard scaled.isFinite, scaled < Float(Limits.extent) else {
          throw NodeFailure("the size \(size) is out of range")
        }
        output = Int((scaled + 0.5).rounded(.down))
      }
      result[axis] = try self.axis(input: shape[axis], output: output, scale: common)
    }
    return result
  }

  // MARK: Resampling

  /// The nearest neighbour (no mode) only moves elements: a gather along each axis. Other modes are the graph's `resize`.
  private static func resampled(
    _ x: Graph.ValueID, _ axes: [ResizeAxis], _ mode: Resize.Mode?,
    _ coordinates: Resize.Coordinates, _ context: NodeContext,
    rounding: (ResizeAxis) -> ResizeAxis.Rounding
  ) throws(NodeFailure) -> [Binding] {
    _ = try elementCount(axes.map(\.output))
    if axes.allSatisfy({ $0.input == $0.output }) { return [.value(x)] }
    if let mode {
      return try context.results(
        .resize(Resize(mode: mode, coordinates: coordinates, axes: axes)), x)
    }
    var result = x
    for (index, axis) in axes.enumerated() where axis.input != axis.output || axis.scale != 1 {
      let rounding = rounding(axis)
      let indices = (0..<axis.output).map { Int64(axis.nearest(to: $0, coordinates, rounding)) }
      let operand = context.constant(Tensor(shape: [indices.count], .int(indices)))
      result = try context.emit(.gather(axis: index), result, operand)
    }
    return [.value(result)]
  }
}
