import CSwiftletKernels
import SwiftletProgram

/// A convolution of each channel by itself. The kernel reads the input where it lies, a few rows of outputs at a time.
package struct DepthwiseOperator: KernelOperator {
  private let window: Window
  private let kernels: KernelSet
  private let input: BoundRows
  private let weights: UnsafePointer<Int8>
  private let preparedWeights: UnsafeRawPointer?
  private let padding: UnsafePointer<Int8>?
  private let rule: BoundRule
  private let epilogue: BoundEpilogue

  /// Rows of outputs in a call: enough that a kernel's preparations do not count, few enough that their input is still in
  /// the cache for the next channels.
  private static let rowsPerCall = 16

  init(_ it: Depthwise, _ memory: Binding) throws(ModelFileError) {
    window = it.window
    kernels = memory.kernels
    input = try memory.rows(it.input)
    weights = try memory.data(it.weights)
    preparedWeights = memory.preparedWeights
    padding = it.window.hasPadding ? try memory.data(it.padding) : nil
    rule = try memory.rule(it.rule)
    epilogue = try memory.epilogue(it.epilogue, it.output)
  }

  /// The scratch memory: the addresses of a call's rows, then the kernel's own.
  package var scratchBytesPerThread: Int {
    addressBytes + kernels.functions.pointee.depthwise_scratch
  }

  private var addressBytes: Int {
    let addresses = min(Self.rowsPerCall, window.outputHeight) * window.kernelHeight
    return (addresses * MemoryLayout<UnsafePointer<Int8>>.stride).roundedUp(to: 64)
  }

  package func prepareWeights(into memory: UnsafeMutableRawPointer?) -> Int {
    let scratch = UnsafeMutableRawPointer.allocate(
      byteCount: kernels.functions.pointee.depthwise_scratch, alignment: 64)
    defer { scratch.deallocate() }
    var call = call(for: 0..<0, 0..<input.channels, addresses: nil, scratch: scratch)
    return kernels.functions.pointee.prepare_depthwise(&call, memory)
  }

  package func run(phase: Int, share: Share) {
    let height = window.outputHeight
    let channels = input.channels
    let byChannels =
      share.largest(of: channels, unit: 64) * height < share.largest(of: height, unit: 1) * channels
    let rows = byChannels ? 0..<height : share.range(of: height)
    let range = byChannels ? share.range(of: channels, unit: 64) : 0..<channels
    if range.isEmpty { return }
    rows.forEachBlock(of: Self.rowsPerCall) { convolve($0, range, share) }
  }

  private func convolve(_ rows: Range<Int>, _ channels: Range<Int>, _ share: Share) {
    let addresses = share.scratch.assumingMemoryBound(to: UnsafePointer<Int8>?.self)
    var next = addresses
    for y in rows {
      for tap in 0..<window.kernelHeight {
        let row = y * window.strideY + tap * window.dilationY - window.padTop
        let isInside = row >= 0 && row < window.inputHeight
        next.pointee =
          isInside
          ? UnsafePointer(input.int8(row: row * window.inputWidth, channel: channels.lowerBound))
          : nil
        next += 1
      }
    }
    var call = call(
      for: rows, channels, addresses: addresses, scratch: share.scratch + addressBytes)
    kernels.functions.pointee.depthwise(&call)
  }

  private func call(
    for rows: Range<Int>, _ channels: Range<Int>,
    addresses: UnsafePointer<UnsafePointer<Int8>?>?, scratch: UnsafeMutableRawPointer
  ) -> swl_depthwise {
    let first = channels.lowerBound
    let taps = window.taps.roundedUp(to: 4)
    return swl_depthwise(
      rows: addresses, pixel_stride: input.stride, input_width: Int32(window.inputWidth),
      pad_left: Int32(window.padLeft), padding: padding.map { $0 + first },
      kernel_height: Int32(window.kernelHeight), kernel_width: Int32(window.kernelWidth),
      stride: Int32(window.strideX), dilation: Int32(window.dilationX), height: Int32(rows.count),
      width: Int32(window.outputWidth), channels: Int32(channels.count),
      weights: weights + first * taps, prepared: preparedWeights, prepared_channel: Int32(first),
      scratch: scratch,
      rule: rule.from(channel: first, zeroPoint: epilogue.ruleZeroPoint),
      epilogue: epilogue.from(row: rows.lowerBound * window.outputWidth, channel: first))
  }
}
