internal import CSwiftletFloat

extension Evaluation {
  func maxPool(_ window: Pooling, _ output: [Int]) throws(GraphError) -> [Float] {
    try pool(SWIFTLET_FLOAT_WINDOW_MAXIMUM, window, output, padding: -.infinity)
  }

  func averagePool(
    _ window: Pooling, _ output: [Int], countsPadding: Bool
  ) throws(GraphError) -> [Float] {
    var sums = try pool(SWIFTLET_FLOAT_WINDOW_SUM, window, output, padding: 0)
    let size = shape(0)
    let counts = (0..<2).map { axis in
      (0..<output[axis + 2]).map { place in
        (0..<window.kernel[axis]).count { tap in
          let index =
            place * window.strides[axis] + tap * window.dilations[axis] - window.pads[axis]
          return countsPadding || (0..<size[axis + 2]).contains(index)
        }
      }
    }
    let divisors = counts[0].flatMap { rows in counts[1].map { Float(rows * $0) } }
    let kernels = kernels
    sums.withUnsafeMutableBufferPointer { sums in
      guard let base = sums.baseAddress else { return }
      for plane in 0..<output[0] * output[1] {
        let map = base + plane * divisors.count
        kernels.binary(SWIFTLET_FLOAT_DIVIDE, map, map, 1, divisors, 1, divisors.count)
      }
    }
    return sums
  }

  private func pool(
    _ kind: swiftlet_float_window, _ window: Pooling, _ output: [Int], padding: Float
  ) throws(GraphError) -> [Float] {
    let (x, shape, kernels) = (floats(0), shape(0), kernels)
    let layout = WindowLayout(window, height: shape[2], width: shape[3], output: output[2...])
    guard let offsets = layout.offsets(channels: 1) else {
      throw operands.error("padded maps of at most 2^31 elements")
    }
    let planes = shape[0] * shape[1]
    return workspace.filled(output.reduce(1, *)) { out in
      x.withUnsafeBufferPointer { x in
        guard let base = x.baseAddress else { return }
        let size = layout.planeSize + WindowLayout.slack
        workspace.withScratch(size * workspace.threads) { scratch in
          workspace.parallel(planes) { thread, range in
            let padded = scratch + thread * size
            (padded + layout.planeSize).update(repeating: 0, count: WindowLayout.slack)
            for plane in range {
              layout.pad(base + plane * shape[2] * shape[3], into: padded, with: padding)
              kernels.window(
                kind, out + plane * layout.outputCount, padded, offsets, offsets.count, nil, 0,
                layout.outputHeight, layout.outputWidth, layout.rowStride)
            }
          }
        }
      }
    }
  }
}
