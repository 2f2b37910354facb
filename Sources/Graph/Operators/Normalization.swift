internal import CSwiftletFloat

struct BatchNorm: OperatorBody {
  let epsilon: Float
  let training: Bool

  var attributes: [String] { ["epsilon \(epsilon)"] + (training ? ["training"] : []) }
  var arity: ClosedRange<Int> { 5...5 }

  func infer(_ operands: Operands) throws(GraphError) -> [ValueInfo] {
    try operands.expectFloat()
    let channels = try operands.expectChannels()[1]
    for index in 1..<5 {
      try operands.expectVector(index, channels, "scale, bias, mean and variance")
    }
    return (training ? [0, 3, 4] : [0]).compactMap { operands.infos[$0] }
  }

  func evaluate(_ run: Evaluation) -> [Tensor.Storage] {
    let (mean, variance) = training ? moments(run) : (run.floats(3), run.floats(4))
    let (shape, kernels) = (run.output, run.kernels)
    let (x, scale, bias) = (run.floats(0), run.floats(1), run.floats(2))
    let map = shape[2...].reduce(1, *)
    let factors = scale.indices.map { scale[$0] / (variance[$0] + epsilon).squareRoot() }
    let shifts = bias.indices.map { bias[$0] - mean[$0] * factors[$0] }
    let planes = shape[0] * shape[1]
    let y = run.computed(x.count, of: x, in: planes, size: map, grain: 1 << 14) { out, x, range in
      for plane in range {
        let channel = plane % shape[1]
        kernels.affine(out + plane * map, x + plane * map, factors[channel], shifts[channel], map)
      }
    }
    return training ? [.float(y), .float(mean), .float(variance)] : [.float(y)]
  }

  /// Each channel's mean and variance over the batch and the map.
  private func moments(_ run: Evaluation) -> ([Float], [Float]) {
    let (x, shape, kernels) = (run.floats(0), run.output, run.kernels)
    let map = shape[2...].reduce(1, *)
    let count = Float(shape[0] * map)
    var (means, variances): ([Float], [Float]) = ([], [])
    for channel in 0..<shape[1] {
      var values: [Float] = []
      for image in 0..<shape[0] {
        let start = (image * shape[1] + channel) * map
        values += x[start..<start + map]
      }
      let mean = kernels.reduce(SWIFTLET_FLOAT_SUM, values, values.count) / count
      let centred = values.map { $0 - mean }
      means.append(mean)
      variances.append(
        kernels.reduce(SWIFTLET_FLOAT_SUM_OF_SQUARES, centred, centred.count) / count)
    }
    return (means, variances)
  }
}

struct LayerNorm: FloatOperator {
  let axis: Int
  let epsilon: Float

  var attributes: [String] { ["axis \(axis)", "epsilon \(epsilon)"] }
  var arity: ClosedRange<Int> { 2...3 }

  func outputShape(_ operands: Operands) throws(GraphError) -> [Int] {
    let x = try operands[0].shape
    try operands.expectAxis(axis, rank: x.count)
    let normalized = Array(x[axis...])
    for index in 1..<operands.infos.count {
      guard let shape = operands.optional(index)?.shape else { continue }
      try operands.expect(
        Shapes.broadcast(shape, normalized) == normalized,
        "a scale and bias that broadcast to \(normalized)")
    }
    return x
  }

  func values(_ run: Evaluation) throws(GraphError) -> [Float] {
    let normalized = Array(run.output[axis...])
    let (scale, bias) = (try parameter(1, normalized, run), try parameter(2, normalized, run))
    return run.normalized(by: normalized.reduce(1, *), scale: scale, bias: bias, epsilon)
  }

  /// A scale or bias repeated to the shape that is normalised.
  private func parameter(
    _ index: Int, _ shape: [Int], _ run: Evaluation
  ) throws(GraphError) -> [Float]? {
    guard let parameter = run.optional(index) else { return nil }
    if parameter.shape == shape { return parameter.floats }
    return try run.apply(.expand(shape: shape), parameter).floats
  }
}

/// Over groups of channels, or over each channel's map where there are none.
struct GroupNorm: FloatOperator {
  let groups: Int?
  let epsilon: Float

  var name: String { groups == nil ? "instanceNorm" : "groupNorm" }
  var attributes: [String] { (groups.map { ["groups \($0)"] } ?? []) + ["epsilon \(epsilon)"] }
  var arity: ClosedRange<Int> { 3...3 }

  func outputShape(_ operands: Operands) throws(GraphError) -> [Int] {
    let x = try operands.expectChannels()
    if let groups {
      try operands.expect(
        groups > 0 && x[1] % groups == 0, "channels divisible by \(groups) groups")
    }
    for index in 1..<3 { try operands.expectVector(index, x[1], "scale and bias") }
    return x
  }

  func values(_ run: Evaluation) -> [Float] {
    let (shape, kernels) = (run.output, run.kernels)
    let map = shape[2...].reduce(1, *)
    var y = run.normalized(
      by: groups.map { shape[1] / $0 * map } ?? map, scale: nil, bias: nil, epsilon)
    let (scale, bias) = (run.floats(1), run.floats(2))
    y.withUnsafeMutableBufferPointer { y in
      guard let base = y.baseAddress else { return }
      for plane in 0..<shape[0] * shape[1] {
        let (channel, start) = (plane % shape[1], base + plane * map)
        kernels.affine(start, start, scale[channel], bias[channel], map)
      }
    }
    return y
  }
}

extension Operands {
  /// x `[N, C, ...]`.
  fileprivate func expectChannels() throws(GraphError) -> [Int] {
    let x = try self[0].shape
    try expect(x.count >= 2, "x [N, C, ...]")
    return x
  }
}

extension Evaluation {
  /// x in rows of `count` elements, each row's mean taken out and divided by its standard deviation.
  fileprivate func normalized(
    by count: Int, scale: [Float]?, bias: [Float]?, _ epsilon: Float
  ) -> [Float] {
    let kernels = kernels
    return mapRows(of: count) { out, x, rows in
      kernels.layer_norm(out, x, rows, count, scale, bias, epsilon)
    }
  }

  /// x in rows of `count` elements; `body` takes the results' place, x's, and how many rows.
  func mapRows(
    of count: Int,
    _ body: (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void
  ) -> [Float] {
    let (x, size) = (floats(0), max(count, 1))
    return computed(x.count, of: x, in: x.count / size, size: size, grain: 1 << 12) {
      out, x, range in
      body(out + range.lowerBound * size, x + range.lowerBound * size, range.count)
    }
  }
}
