internal import CSwiftletFloat

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

extension Evaluation {
  func conv(_ convolution: Convolution, _ output: [Int]) throws(GraphError) -> [Float] {
    let (shape, filters) = (shape(0), shape(1))
    let layout = WindowLayout(
      convolution.window, height: shape[2], width: shape[3], output: output[2...])
    guard let offsets = layout.offsets(channels: filters[1]) else {
      throw operands.error("padded maps of at most 2^31 elements a group")
    }
    let job = ConvolutionJob(
      layout: layout, offsets: offsets, groups: convolution.groups, channels: shape[1],
      outputs: output[1], workspace: workspace)
    let (x, weights, bias) = (floats(0), floats(1), optionalFloats(2))
    return workspace.filled(output.reduce(1, *)) { results in
      for image in 0..<shape[0] {
        let map = image * shape[1] * shape[2] * shape[3]
        let result = results + image * output[1] * layout.outputCount
        x.withUnsafeBufferPointer { x in
          guard let base = x.baseAddress else { return }
          if job.isDirect {
            job.runDirect(base + map, weights, bias, result)
          } else {
            job.runProduct(base + map, packed ?? job.pack(weights), bias, result)
          }
        }
      }
    }
  }
}

/// One convolution of one image.
struct ConvolutionJob {
  let layout: WindowLayout
  let offsets: [Int32]
  let groups: Int
  let channels: Int
  let outputs: Int
  let workspace: Workspace

  /// Groups of few outputs are computed plane by plane; others as matrix products.
  var isDirect: Bool { groups > 1 && outputs / groups <= Self.directOutputs }
  static let directOutputs = 8

  private var groupChannels: Int { channels / groups }
  private var groupOutputs: Int { outputs / groups }

  /// Runs `body` with maps laid out for the window; `value` fills the padding.
  static func withPadded(
    _ layout: WindowLayout, _ map: UnsafePointer<Float>, planes: Int, value: Float,
    _ workspace: Workspace, _ body: (UnsafePointer<Float>) -> Void
  ) {
    workspace.withScratch(planes * layout.planeSize + WindowLayout.slack) { padded in
      (padded + planes * layout.planeSize).update(repeating: 0, count: WindowLayout.slack)
      workspace.parallel(planes) { _, range in
        for plane in range {
          layout.pad(
            map + plane * layout.height * layout.width, into: padded + plane * layout.planeSize,
            with: value)
        }
      }
      body(UnsafePointer(padded))
    }
  }

  func runDirect(
    _ map: UnsafePointer<Float>, _ weights: [Float], _ bias: [Float]?,
    _ result: UnsafeMutablePointer<Float>
  ) {
    let kernels = workspace.kernels
    Self.withPadded(layout, map, planes: channels, value: 0, workspace) { padded in
      weights.withUnsafeBufferPointer { weights in
        workspace.parallel(outputs) { _, range in
          for output in range {
            kernels.window(
              SWIFTLET_FLOAT_WEIGHTED, result + output * layout.outputCount,
              padded + output / groupOutputs * groupChannels * layout.planeSize, offsets,
              offsets.count, weights.baseAddress.map { $0 + output * offsets.count },
              bias?[output] ?? 0, layout.outputHeight, layout.outputWidth, layout.rowStride)
          }
        }
      }
    }
  }

  /// The filters as panels of A, group by group.
  func pack(_ weights: [Float]) -> PackedWeights {
    .rows(weights, batches: groups, m: groupOutputs, k: offsets.count)
  }

  func runProduct(
    _ map: UnsafePointer<Float>, _ weights: PackedWeights, _ bias: [Float]?,
    _ result: UnsafeMutablePointer<Float>
  ) {
    if layout.isIdentity {
      multiply(map, weights, bias, result)
    } else {
      Self.withPadded(layout, map, planes: channels, value: 0, workspace) { padded in
        multiply(padded, weights, bias, result)
      }
    }
  }

  private func multiply(
    _ padded: UnsafePointer<Float>, _ weights: PackedWeights, _ bias: [Float]?,
    _ result: UnsafeMutablePointer<Float>
  ) {
    let kernels = workspace.kernels
    let (taps, count) = (offsets.count, layout.outputCount)
    let width = layout.rowStride == layout.outputWidth ? count : layout.outputWidth
    let panels = PackedWeights.panels(count)
    workspace.withScratch(workspace.threads * taps * PackedWeights.panelWidth) { scratch in
      workspace.parallel(groups * panels) { thread, range in
        let panel = scratch + thread * taps * PackedWeights.panelWidth
        for item in range {
          let (group, first) = (item / panels, item % panels * PackedWeights.panelWidth)
          let columns = min(PackedWeights.panelWidth, count - first)
          swiftlet_float_unfold(
            panel, padded + group * groupChannels * layout.planeSize, offsets, taps, first, columns,
            width, layout.rowStride)
          let out = result + group * groupOutputs * count + first
          weights.withBatch(group) { a in
            withOptional(bias, group * groupOutputs) { bias in
              kernels.gemm(out, count, groupOutputs, columns, taps, a, panel, bias, nil)
            }
          }
        }
      }
    }
  }
}

/// Runs `body` with a pointer to an element, or nil where there is no array.
func withOptional(
  _ array: [Float]?, _ index: Int, _ body: (UnsafePointer<Float>?) -> Void
) {
  guard let array else { return body(nil) }
  array.withUnsafeBufferPointer { elements in body(elements.baseAddress.map { $0 + index }) }
}
