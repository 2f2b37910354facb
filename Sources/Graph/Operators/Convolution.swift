internal import CSwiftletFloat

package struct Convolution: Sendable, Equatable {
  package var window: Pooling
  package var groups: Int

  package init(window: Pooling, groups: Int) {
    self.window = window
    self.groups = groups
  }
}

extension Convolution: FloatOperator {
  var name: String { "conv" }
  var attributes: [String] { window.attributes + (groups == 1 ? [] : ["groups \(groups)"]) }
  var arity: ClosedRange<Int> { 2...3 }

  func outputShape(_ operands: Operands) throws(GraphError) -> [Int] {
    try operands.expectElements()
    let (x, weights) = (try operands[0].shape, try operands[1].shape)
    try operands.expect(
      x.count == 4 && weights.count == 4, "x [N, C, H, W] and weights [M, C / groups, kH, kW]")
    try operands.expect(
      groups > 0 && x[1] % groups == 0 && weights[0] % groups == 0,
      "channels and outputs divisible by \(groups) groups")
    try operands.expect(
      weights[1] == x[1] / groups, "weights with C / groups = \(x[1] / groups) channels")
    try operands.expect(
      Array(weights[2...]) == window.kernel, "weights of the kernel's size \(window.kernel)")
    try operands.expectVector(2, weights[0], "a bias")
    return [x[0], weights[0]] + (try window.moved(over: x[2...], operands))
  }

  func values(_ run: Evaluation) throws(GraphError) -> [Float] {
    let (shape, filters, output) = (run.shape(0), run.shape(1), run.output)
    let layout = WindowLayout(window, height: shape[2], width: shape[3], output: output[2...])
    guard let offsets = layout.offsets(channels: filters[1]) else {
      throw run.operands.error("padded maps of at most 2^31 elements a group")
    }
    let job = ConvolutionJob(
      layout: layout, offsets: offsets, groups: groups, channels: shape[1], outputs: output[1],
      workspace: run.workspace)
    let (x, weights, bias) = (run.floats(0), run.floats(1), run.optionalFloats(2))
    let panels = run.packed ?? packed(weights, filters)
    return run.workspace.filled(output.reduce(1, *)) { results in
      for image in 0..<shape[0] {
        let map = image * shape[1] * shape[2] * shape[3]
        let result = results + image * output[1] * layout.outputCount
        x.withUnsafeBufferPointer { x in
          guard let base = x.baseAddress else { return }
          if let panels {
            job.runProduct(base + map, panels, bias, result)
          } else {
            job.runDirect(base + map, weights, bias, result)
          }
        }
      }
    }
  }

  /// Groups of few outputs are computed plane by plane; the filters of others are panels of A,
  /// group by group.
  func packed(_ weights: [Float], _ shape: [Int]) -> PackedWeights? {
    let outputs = shape[0] / groups
    if groups > 1, outputs <= 8 { return nil }
    return .rows(weights, batches: groups, m: outputs, k: shape[1...].reduce(1, *))
  }
}

/// One convolution of one image.
private struct ConvolutionJob {
  let layout: WindowLayout
  let offsets: [Int32]
  let groups: Int
  let channels: Int
  let outputs: Int
  let workspace: Workspace

  private var groupChannels: Int { channels / groups }
  private var groupOutputs: Int { outputs / groups }

  /// Runs `body` with the maps laid out for the window.
  private func withPadded(
    _ map: UnsafePointer<Float>, _ body: (UnsafePointer<Float>) -> Void
  ) {
    workspace.withScratch(channels * layout.planeSize + WindowLayout.slack) { padded in
      (padded + channels * layout.planeSize).update(repeating: 0, count: WindowLayout.slack)
      workspace.parallel(channels) { _, range in
        for plane in range {
          layout.pad(
            map + plane * layout.height * layout.width, into: padded + plane * layout.planeSize,
            with: 0)
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
    withPadded(map) { padded in
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

  func runProduct(
    _ map: UnsafePointer<Float>, _ weights: PackedWeights, _ bias: [Float]?,
    _ result: UnsafeMutablePointer<Float>
  ) {
    if layout.isIdentity {
      multiply(map, weights, bias, result)
    } else {
      withPadded(map) { padded in
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
