internal import CSwiftletFloat

extension Evaluation {
  func normalization(_ infos: [ValueInfo]) throws(GraphError) -> [Tensor] {
    let shape = infos[0].shape
    switch op {
    case .softmax(let axis):
      return [Tensor(shape: shape, try softmax(axis))]
    case .layerNorm(let axis, let epsilon):
      let count = shape[axis...].reduce(1, *)
      let (scale, bias) = (
        try parameter(1, Array(shape[axis...])), try parameter(2, Array(shape[axis...]))
      )
      return [
        Tensor(
          shape: shape,
          normalized(
            rows: shape[..<axis].reduce(1, *), count: count, scale: scale, bias: bias, epsilon))
      ]
    case .instanceNorm(let epsilon): return [groupNorm(shape, groups: shape[1], epsilon)]
    case .groupNorm(let groups, let epsilon): return [groupNorm(shape, groups: groups, epsilon)]
    case .batchNorm(let epsilon, let training):
      let (mean, variance) = training ? moments(shape) : (floats(3), floats(4))
      let y = batchNorm(shape, epsilon, mean, variance)
      let channels = [shape[1]]
      return training
        ? [y, Tensor(shape: channels, mean), Tensor(shape: channels, variance)] : [y]
    default: preconditionFailure("not a normalization: \(op)")
    }
  }

  private func softmax(_ axis: Int) throws(GraphError) -> [Float] {
    let shape = shape(0)
    let last = shape.count - 1
    if axis != last {
      var order = Array(shape.indices)
      order.swapAt(axis, last)
      let swap = Operator.transpose(permutation: order)
      let rows = try apply(.softmax(axis: last), try apply(swap, tensor(0)))
      return try apply(swap, rows).floats ?? []
    }
    let (x, count) = (floats(0), shape[axis])
    let kernels = kernels
    return workspace.filled(x.count) { out in
      x.withUnsafeBufferPointer { x in
        guard let base = x.baseAddress else { return }
        workspace.parallel(x.count / count, grain: max(1, 1 << 12 / count)) { _, range in
          let first = range.lowerBound * count
          kernels.softmax(out + first, base + first, range.count, count)
        }
      }
    }
  }

  /// A scale or bias repeated to the shape that is normalised.
  private func parameter(_ index: Int, _ shape: [Int]) throws(GraphError) -> [Float]? {
    guard let parameter = optional(index) else { return nil }
    if parameter.shape == shape { return parameter.floats }
    return try apply(.expand(shape: shape), parameter).floats
  }

  /// The rows of x with their mean taken out and divided by their standard deviation.
  private func normalized(
    rows: Int, count: Int, scale: [Float]?, bias: [Float]?, _ epsilon: Float
  ) -> [Float] {
    let (x, kernels) = (floats(0), kernels)
    return workspace.filled(x.count) { out in
      x.withUnsafeBufferPointer { x in
        guard let base = x.baseAddress else { return }
        workspace.parallel(rows, grain: max(1, 1 << 12 / count)) { _, range in
          let first = range.lowerBound * count
          kernels.layer_norm(out + first, base + first, range.count, count, scale, bias, epsilon)
        }
      }
    }
  }

  private func groupNorm(_ shape: [Int], groups: Int, _ epsilon: Float) -> Tensor {
    let map = shape[2...].reduce(1, *)
    let rows = shape[0] * groups
    let count = shape[1] / groups * map
    var y = normalized(rows: rows, count: max(count, 1), scale: nil, bias: nil, epsilon)
    let (scale, bias, kernels) = (floats(1), floats(2), kernels)
    y.withUnsafeMutableBufferPointer { y in
      guard let base = y.baseAddress else { return }
      for plane in 0..<shape[0] * shape[1] {
        let (channel, start) = (plane % shape[1], base + plane * map)
        kernels.affine(start, start, scale[channel], bias[channel], map)
      }
    }
    return Tensor(shape: shape, y)
  }

  private func batchNorm(
    _ shape: [Int], _ epsilon: Float, _ mean: [Float], _ variance: [Float]
  ) -> Tensor {
    let (x, scale, bias, kernels) = (floats(0), floats(1), floats(2), kernels)
    let map = shape[2...].reduce(1, *)
    let factors = scale.indices.map { scale[$0] / (variance[$0] + epsilon).squareRoot() }
    let shifts = bias.indices.map { bias[$0] - mean[$0] * factors[$0] }
    let y = workspace.filled(x.count) { out in
      x.withUnsafeBufferPointer { x in
        guard let base = x.baseAddress else { return }
        workspace.parallel(shape[0] * shape[1], grain: max(1, 1 << 14 / map)) { _, range in
          for plane in range {
            let channel = plane % shape[1]
            kernels.affine(
              out + plane * map, base + plane * map, factors[channel], shifts[channel], map)
          }
        }
      }
    }
    return Tensor(shape: shape, y)
  }

  /// Each channel's mean and variance over the batch and the map.
  private func moments(_ shape: [Int]) -> ([Float], [Float]) {
    let (x, map) = (floats(0), shape[2...].reduce(1, *))
    let kernels = kernels
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
