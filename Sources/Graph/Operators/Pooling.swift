internal import CSwiftletFloat

/// Geometry of a two-dimensional window over `[H, W]`.
package struct Pooling: Sendable, Equatable {
  package var kernel: [Int]
  package var strides: [Int]
  package var dilations: [Int]
  /// top, left, bottom, right
  package var pads: [Int]

  package init(kernel: [Int], strides: [Int], dilations: [Int], pads: [Int]) {
    self.kernel = kernel
    self.strides = strides
    self.dilations = dilations
    self.pads = pads
  }

  var attributes: [String] {
    func pair(_ values: [Int]) -> String {
      Set(values).count == 1 ? "\(values[0])" : values.map(String.init).joined(separator: "x")
    }
    var attributes = ["kernel \(kernel.map(String.init).joined(separator: "x"))"]
    if strides != [1, 1] { attributes.append("stride \(pair(strides))") }
    if dilations != [1, 1] { attributes.append("dilation \(pair(dilations))") }
    if pads.contains(where: { $0 != 0 }) {
      attributes.append("pads \(Set(pads).count == 1 ? "\(pads[0])" : "\(pads)")")
    }
    return attributes
  }

  /// `[H, W]` after the window has moved over it.
  func moved(over size: ArraySlice<Int>, _ operands: Operands) throws(GraphError) -> [Int] {
    let limit = 1 << 24
    let fits: (Int) -> Bool = { $0 > 0 && $0 < limit }
    try operands.expect(
      kernel.count == 2 && strides.count == 2 && dilations.count == 2 && pads.count == 4,
      "two kernel sizes, strides and dilations, and four pads")
    try operands.expect(
      (kernel + strides + dilations).allSatisfy(fits)
        && pads.allSatisfy { $0 >= 0 && $0 < limit } && size.allSatisfy { $0 < limit },
      "positive kernel sizes, strides and dilations, and pads that are not negative")
    var output: [Int] = []
    for (axis, size) in size.enumerated() {
      let padded = size + pads[axis] + pads[axis + 2]
      let extent = (kernel[axis] - 1) * dilations[axis] + 1
      try operands.expect(padded >= extent, "a padded map of at least \(extent), not \(padded)")
      output.append((padded - extent) / strides[axis] + 1)
    }
    return output
  }

  /// The shape of every channel's map after the window has moved over it.
  fileprivate func pooled(_ operands: Operands) throws(GraphError) -> [Int] {
    let x = try operands[0].shape
    try operands.expect(x.count == 4, "x [N, C, H, W]")
    return x[..<2] + (try moved(over: x[2...], operands))
  }
}

struct MaxPool: FloatOperator {
  let window: Pooling

  var attributes: [String] { window.attributes }

  func outputShape(_ operands: Operands) throws(GraphError) -> [Int] {
    try window.pooled(operands)
  }

  func values(_ run: Evaluation) throws(GraphError) -> [Float] {
    try run.pool(SWIFTLET_FLOAT_WINDOW_MAXIMUM, window, padding: -.infinity)
  }
}

struct AveragePool: FloatOperator {
  let window: Pooling
  /// Whether the divisor counts places in the padding.
  let countsPadding: Bool

  var attributes: [String] {
    window.attributes + (countsPadding && window.pads != [0, 0, 0, 0] ? ["counts padding"] : [])
  }

  func outputShape(_ operands: Operands) throws(GraphError) -> [Int] {
    try window.pooled(operands)
  }

  func values(_ run: Evaluation) throws(GraphError) -> [Float] {
    var sums = try run.pool(SWIFTLET_FLOAT_WINDOW_SUM, window, padding: 0)
    let (size, output, kernels) = (run.shape(0), run.output, run.kernels)
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
    sums.withUnsafeMutableBufferPointer { sums in
      guard let base = sums.baseAddress else { return }
      for plane in 0..<output[0] * output[1] {
        let map = base + plane * divisors.count
        kernels.binary(SWIFTLET_FLOAT_DIVIDE, map, map, 1, divisors, 1, divisors.count)
      }
    }
    return sums
  }
}

extension Evaluation {
  /// Every window of every channel's map, combined.
  fileprivate func pool(
    _ kind: swiftlet_float_window, _ window: Pooling, padding: Float
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

/// How a window reads maps `[H, W]`: padded, their columns sorted by phase, so that one tap of
/// neighbouring outputs is one contiguous run whatever the stride.
struct WindowLayout {
  let height: Int
  let width: Int
  let outputHeight: Int
  let outputWidth: Int
  let window: Pooling
  /// Rows and columns a phase of a padded map.
  let paddedHeight: Int
  let quotient: Int

  init(_ window: Pooling, height: Int, width: Int, output: ArraySlice<Int>) {
    self.window = window
    self.height = height
    self.width = width
    (outputHeight, outputWidth) = (output[output.startIndex], output[output.startIndex + 1])
    paddedHeight =
      (outputHeight - 1) * window.strides[0] + (window.kernel[0] - 1) * window.dilations[0] + 1
    quotient = outputWidth + (window.kernel[1] - 1) * window.dilations[1] / window.strides[1]
  }

  var rowSize: Int { window.strides[1] * quotient }
  var planeSize: Int { rowSize * paddedHeight }
  /// The distance between the rows of neighbouring outputs.
  var rowStride: Int { window.strides[0] * rowSize }
  var outputCount: Int { outputHeight * outputWidth }
  /// What a kernel may read past the last tap.
  static let slack = 16

  /// Whether a padded map is the map itself.
  var isIdentity: Bool {
    window.strides == [1, 1] && window.pads == [0, 0, 0, 0] && paddedHeight == height
      && quotient == width
  }

  /// Where each tap of each channel starts, in the order (channel, y, x); nil where that exceeds 32
  /// bits.
  func offsets(channels: Int) -> [Int32]? {
    guard let last = Shapes.count([channels, planeSize]), last < Int(Int32.max) else { return nil }
    var offsets: [Int32] = []
    for channel in 0..<channels {
      for y in 0..<window.kernel[0] {
        for x in 0..<window.kernel[1] {
          let column = x * window.dilations[1]
          let (shift, phase) = column.quotientAndRemainder(dividingBy: window.strides[1])
          let row = y * window.dilations[0] * rowSize
          offsets.append(Int32(channel * planeSize + row + phase * quotient + shift))
        }
      }
    }
    return offsets
  }

  /// Writes one padded map.
  func pad(_ map: UnsafePointer<Float>, into padded: UnsafeMutablePointer<Float>, with value: Float)
  {
    swiftlet_float_pad(
      padded, map, height, width, window.pads[0], window.pads[1], paddedHeight, window.strides[1],
      quotient, value)
  }
}
