import SwiftletGraph

extension OperatorTable {
  static func resize(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let x = try context.required(0)
    let attributes = context.attributes
    attributes.ignore("extrapolation_value")
    let mode = try attributes.choice(
      "mode", default: "nearest", ["nearest": Mode.nearest, "linear": .linear, "cubic": .cubic])
    if context.opset < 11 {
      // Opset 10 knows scales only, and counts pixels from their corners.
      guard let scales = try context.tensor(1)?.floats else {
        throw NodeFailure("its scales are missing")
      }
      return try resampled(
        x, try extents(x, scales: scales, context), mode, .asymmetric, .floor, context)
    }
    let coordinates = try attributes.choice(
      "coordinate_transformation_mode", default: "half_pixel",
      [
        "half_pixel": Coordinates.halfPixel, "half_pixel_symmetric": .halfPixelSymmetric,
        "pytorch_half_pixel": .pytorchHalfPixel, "asymmetric": .asymmetric,
        "align_corners": .alignCorners,
      ])
    let rounding = try attributes.choice(
      "nearest_mode", default: "round_prefer_floor",
      [
        "round_prefer_floor": Rounding.preferFloor, "round_prefer_ceil": .preferCeil,
        "floor": .floor, "ceil": .ceil,
      ])
    if try attributes.float("cubic_coeff_a", default: -0.75) != -0.75, mode == .cubic {
      throw attributes.unsupported("cubic_coeff_a", "not -0.75", expected: "-0.75")
    }
    if mode == .cubic { try attributes.require("exclude_outside", equals: 0) }
    attributes.ignore("exclude_outside")

    let rank = context.shape(x).count
    let axes = try context.axes(try attributes.ints("axes") ?? Array(0..<rank), rank: rank)
    let targets = try extents(x, axes: axes, context)
    if try attributes.flag("antialias"), mode != .nearest,
      targets.contains(where: { $0.output < $0.input })
    {
      throw attributes.unsupported("antialias", "1", expected: "0")
    }
    return try resampled(x, targets, mode, coordinates, rounding, context)
  }

  /// `Resize` as it was called up to opset 9.
  static func upsample(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let x = try context.required(0)
    let mode = try context.attributes.choice(
      "mode", default: "nearest", ["nearest": Mode.nearest, "linear": .linear])
    let scales =
      context.opset < 9 ? try context.attributes.floats("scales") : try context.tensor(1)?.floats
    guard let scales else { throw NodeFailure("its scales are missing") }
    return try resampled(
      x, try extents(x, scales: scales, context), mode, .asymmetric, .floor, context)
  }

  // MARK: Target sizes

  /// Along one axis: how many elements there are, how many there will be, and the ratio that positions use.
  private struct Extent {
    var input: Int
    var output: Int
    var scale: Float

    init(input: Int, scale: Float) throws(NodeFailure) {
      let output = Float(input) * scale
      guard scale > 0, output < Float(Limits.extent) else {
        throw NodeFailure("the scale \(scale) is out of range")
      }
      (self.input, self.output, self.scale) = (input, Int(output.rounded(.down)), scale)
    }

    init(input: Int, output: Int) throws(NodeFailure) {
      guard input > 0, (1..<Limits.extent).contains(output) else {
        throw NodeFailure("a dimension of \(input) cannot be resized to \(output)")
      }
      (self.input, self.output) = (input, output)
      scale = Float(output) / Float(input)
    }

    var isExact: Bool { Float(input) * scale == Float(output) }
  }

  private static func extents(
    _ x: Graph.ValueID, scales: [Float], _ context: NodeContext
  ) throws(NodeFailure) -> [Extent] {
    let shape = context.shape(x)
    guard scales.count == shape.count else {
      throw NodeFailure("it has \(scales.count) scales for a tensor of rank \(shape.count)")
    }
    var extents: [Extent] = []
    for (input, scale) in zip(shape, scales) {
      extents.append(try Extent(input: input, scale: scale))
    }
    return extents
  }

  /// Sizes or scales for some axes; the others stay.
  private static func extents(
    _ x: Graph.ValueID, axes: [Int], _ context: NodeContext
  ) throws(NodeFailure) -> [Extent] {
    let shape = context.shape(x)
    var scales = [Float](repeating: 1, count: shape.count)
    if let stated = try context.tensor(2)?.floats, !stated.isEmpty {
      context.attributes.ignore("keep_aspect_ratio_policy")
      guard stated.count == axes.count else {
        throw NodeFailure("it has \(stated.count) scales for \(axes.count) axes")
      }
      for (axis, scale) in zip(axes, stated) { scales[axis] = scale }
      return try extents(x, scales: scales, context)
    }
    guard let sizes = try context.integers(3), sizes.count == axes.count else {
      throw NodeFailure("it has neither scales nor sizes for its \(axes.count) axes")
    }
    let ratios = zip(axes, sizes).map { axis, size in Float(size) / Float(shape[axis]) }
    let common = try context.attributes.choice(
      "keep_aspect_ratio_policy", default: "stretch",
      ["stretch": nil, "not_larger": ratios.min(), "not_smaller": ratios.max()])
    var result = try extents(x, scales: scales, context)
    for (axis, size) in zip(axes, sizes) {
      var output = size
      if let common {
        let scaled = Float(shape[axis]) * common
        guard scaled.isFinite, scaled < Float(Limits.extent) else {
          throw NodeFailure("the size \(size) is out of range")
        }
        output = Int((scaled + 0.5).rounded(.down))
      }
      result[axis] = try Extent(input: shape[axis], output: output)
    }
    return result
  }

  // MARK: Resampling

  private enum Mode { case nearest, linear, cubic }
  private enum Rounding { case preferFloor, preferCeil, floor, ceil }
  private enum Coordinates {
    case halfPixel, halfPixelSymmetric, pytorchHalfPixel, asymmetric, alignCorners
  }

  /// The nearest neighbour only moves elements: a gather along each axis. Other modes are the graph's `resize`.
  private static func resampled(
    _ x: Graph.ValueID, _ extents: [Extent], _ mode: Mode, _ coordinates: Coordinates,
    _ rounding: Rounding, _ context: NodeContext
  ) throws(NodeFailure) -> [Binding] {
    let shape = extents.map(\.output)
    _ = try elementCount(shape)
    if extents.allSatisfy({ $0.input == $0.output && $0.scale == 1 }) { return [.value(x)] }
    if mode == .nearest {
      var result = x
      for (axis, extent) in extents.enumerated() where extent.input != extent.output {
        let indices = (0..<extent.output).map { index in
          Int64(nearest(position(index, extent, coordinates), rounding, extent))
        }
        let operand = context.constant(Tensor(shape: [indices.count], .int(indices)))
        result = try context.emit(.gather(axis: axis), result, operand)
      }
      return [.value(result)]
    }
    if let inexact = extents.first(where: { !$0.isExact }) {
      throw NodeFailure(
        "the scale \(inexact.scale) does not turn \(inexact.input) elements into a whole number",
        remedy: "export the model with target sizes instead of scales")
    }
    let transform: Resize.Coordinates =
      switch coordinates {
      case .halfPixel, .halfPixelSymmetric: .halfPixel
      case .pytorchHalfPixel: .pytorchHalfPixel
      case .asymmetric: .asymmetric
      case .alignCorners: .alignCorners
      }
    return try context.results(
      .resize(
        Resize(mode: mode == .linear ? .linear : .cubic, coordinates: transform, shape: shape)),
      x)
  }

  /// Where an output element lies among the input's. In single precision, as other runtimes compute it.
  private static func position(_ index: Int, _ extent: Extent, _ coordinates: Coordinates) -> Float
  {
    let (index, input, output) = (Float(index), Float(extent.input), Float(extent.output))
    let halfPixel = (index + 0.5) / extent.scale - 0.5
    switch coordinates {
    case .asymmetric: return index / extent.scale
    case .halfPixel: return halfPixel
    case .pytorchHalfPixel: return extent.output > 1 ? halfPixel : 0
    case .alignCorners: return extent.output > 1 ? index * (input - 1) / (output - 1) : 0
    case .halfPixelSymmetric:
      let adjustment = output / (extent.scale * input)
      return input / 2 * (1 - adjustment) + halfPixel
    }
  }

  private static func nearest(_ position: Float, _ rounding: Rounding, _ extent: Extent) -> Int {
    let rounded: Float =
      switch rounding {
      case .preferFloor: (position - 0.5).rounded(.up)
      case .preferCeil: (position + 0.5).rounded(.down)
      case .floor: position.rounded(.down)
      case .ceil: position.rounded(.up)
      }
    return min(max(Int(rounded), 0), extent.input - 1)
  }
}
