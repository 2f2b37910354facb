import CSwiftletKernels

/// A convolution of each channel by itself, row by row. Where the window reads padding, the input's rows go through a
/// ring of padded rows in scratch memory, each copied once; elsewhere the kernel reads the input itself.
package struct DepthwiseOperator: KernelOperator {
  private let kernels: KernelSet
  private let input: BoundRows
  private let window: BoundWindow
  private let weights: UnsafePointer<Int8>
  private let padding: UnsafePointer<Int8>?
  private let rule: BoundRule
  private let epilogue: BoundEpilogue
  /// Channels that are worked on at a time, so that the ring stays in the cache.
  private let blockChannels: Int

  private static let ringBytes = 96 * 1024

  /// `padding` is what taps outside the input read, by channel; nil where there are none.
  package init(
    kernels: KernelSet, input: BoundRows, window: BoundWindow, weights: UnsafePointer<Int8>,
    padding: UnsafePointer<Int8>?, rule: BoundRule, epilogue: BoundEpilogue
  ) {
    self.kernels = kernels
    self.input = input
    self.window = window
    self.weights = weights
    self.padding = padding
    self.rule = rule
    self.epilogue = epilogue
    let pixels = window.spanY * window.paddedWidth
    blockChannels = max(64, Self.ringBytes / pixels / 64 * 64)
  }

  /// The scratch memory: a row's addresses, a row of padding, the ring.
  private var addressBytes: Int {
    (window.kernelHeight * MemoryLayout<UnsafePointer<Int8>>.stride).roundedUp(to: 64)
  }
  private var rowBytes: Int {
    (window.paddedWidth * min(blockChannels, input.channels) + 64).roundedUp(to: 64)
  }

  package var scratchBytesPerThread: Int {
    addressBytes + (padding == nil ? 0 : (window.spanY + 1) * rowBytes)
  }

  package func run(phase: Int, share: Share) {
    let height = window.outputHeight
    let channels = input.channels
    let byChannels =
      share.largest(of: channels, unit: 16) * height < share.largest(of: height, unit: 1) * channels
    let rows = byChannels ? 0..<height : share.range(of: height)
    let range = byChannels ? share.range(of: channels, unit: 16) : 0..<channels
    if rows.isEmpty { return }
    range.forEachBlock(of: blockChannels) { block in
      if padding == nil {
        runUnpadded(rows, block, share)
      } else {
        runPadded(rows, block, share)
      }
    }
  }

  private func runUnpadded(_ rows: Range<Int>, _ channels: Range<Int>, _ share: Share) {
    let addresses = share.scratch.assumingMemoryBound(to: UnsafePointer<Int8>?.self)
    for y in rows {
      for tap in 0..<window.kernelHeight {
        let row = y * window.strideY + tap * window.dilationY
        addresses[tap] = UnsafePointer(
          input.int8(row: row * window.inputWidth, channel: channels.lowerBound))
      }
      convolve(y, channels, addresses, pixelStride: input.stride)
    }
  }

  private func runPadded(_ rows: Range<Int>, _ channels: Range<Int>, _ share: Share) {
    let addresses = share.scratch.assumingMemoryBound(to: UnsafePointer<Int8>?.self)
    let paddingRow = share.scratch + addressBytes
    let ring = paddingRow + rowBytes
    fill(0..<window.paddedWidth, of: paddingRow, channels)
    let inside = insideColumns
    for slot in 0..<window.spanY {
      fill(0..<inside.lowerBound, of: ring + slot * rowBytes, channels)
      fill(inside.upperBound..<window.paddedWidth, of: ring + slot * rowBytes, channels)
    }
    var next = 0
    for y in rows {
      let top = y * window.strideY - window.padTop
      next = max(next, top)
      while next < min(top + window.spanY, window.inputHeight) {
        load(next, into: ring + next % window.spanY * rowBytes, channels)
        next += 1
      }
      for tap in 0..<window.kernelHeight {
        let row = top + tap * window.dilationY
        let isInside = row >= 0 && row < window.inputHeight
        let address = isInside ? ring + row % window.spanY * rowBytes : paddingRow
        addresses[tap] = UnsafePointer(address.assumingMemoryBound(to: Int8.self))
      }
      convolve(y, channels, addresses, pixelStride: channels.count)
    }
  }

  /// The columns of a padded row that come from the input.
  private var insideColumns: Range<Int> {
    let left = min(window.padLeft, window.paddedWidth)
    return left..<min(left + window.inputWidth, window.paddedWidth)
  }

  private func load(_ row: Int, into slot: UnsafeMutableRawPointer, _ channels: Range<Int>) {
    let inside = insideColumns
    let source = input.address(row: row * window.inputWidth, channel: channels.lowerBound)
    let target = slot + inside.lowerBound * channels.count
    if channels.count == input.stride {
      copyExactly(to: target, from: source, bytes: inside.count * channels.count)
      return
    }
    for column in 0..<inside.count {
      copyExactly(
        to: target + column * channels.count, from: source + column * input.stride,
        bytes: channels.count)
    }
  }

  private func fill(
    _ columns: Range<Int>, of row: UnsafeMutableRawPointer, _ channels: Range<Int>
  ) {
    guard let padding else { return }
    for column in columns {
      copyExactly(
        to: row + column * channels.count, from: padding + channels.lowerBound,
        bytes: channels.count)
    }
  }

  private func convolve(
    _ y: Int, _ channels: Range<Int>, _ addresses: UnsafePointer<UnsafePointer<Int8>?>,
    pixelStride: Int
  ) {
    let taps = (window.kernelHeight * window.kernelWidth).roundedUp(to: 4)
    var call = swl_depthwise(
      rows: addresses, pixel_stride: pixelStride, kernel_height: Int32(window.kernelHeight),
      kernel_width: Int32(window.kernelWidth), stride: Int32(window.strideX),
      dilation: Int32(window.dilationX), width: Int32(window.outputWidth),
      channels: Int32(channels.count), weights: weights + channels.lowerBound * taps,
      rule: rule.from(channel: channels.lowerBound, zeroPoint: epilogue.ruleZeroPoint),
      epilogue: epilogue.from(row: y * window.outputWidth, channel: channels.lowerBound))
    kernels.functions.pointee.depthwise(&call)
  }
}
