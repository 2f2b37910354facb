import CSwiftletKernels
import SwiftletProgram

/// A convolution or a linear layer: one GEMM, on the input's rows where these are its operand, else on blocks of window
/// contents gathered into scratch memory (im2col) that stay in the cache.
package struct ConvolutionOperator: KernelOperator {
  /// nil where the input's rows are the GEMM's.
  private let window: Window?
  private let kernels: KernelSet
  private let input: BoundRows
  private let weights: UnsafePointer<Int8>
  private let preparedWeights: UnsafeRawPointer?
  private let padding: UnsafePointer<Int8>?
  private let rule: BoundRule
  private let epilogue: BoundEpilogue
  /// Bytes of a run of taps that lie side by side in the input, and of its place in the operand.
  private let run: Int
  private let paddedRun: Int
  /// The GEMM's depth.
  private let depth: Int

  /// Bytes of gathered operand that a thread works on at a time.
  private static let operandBlock = 128 * 1024

  init(_ it: Convolution, _ memory: Binding) throws(ModelFileError) {
    window = it.window.flatMap { $0.isPointwise ? nil : $0 }
    kernels = memory.kernels
    input = try memory.rows(it.input)
    weights = try memory.data(it.weights)
    preparedWeights = memory.preparedWeights
    padding = try memory.data(it.padding)
    rule = try memory.rule(it.rule)
    epilogue = try memory.epilogue(it.epilogue, it.output)
    let layout = it.depthLayout
    run = layout.run
    paddedRun = run.roundedUp(to: 4)
    depth = layout.runs * paddedRun
  }

  /// Rows of the operand in a block: a multiple of every kernel's tile height.
  private var blockRows: Int { max(96, Self.operandBlock / depth / 48 * 48) }

  package var scratchBytesPerThread: Int {
    window == nil ? 0 : min(blockRows, epilogue.output.count) * depth + 64
  }

  package func prepareWeights(into memory: UnsafeMutableRawPointer?) -> Int {
    var call = call(
      on: UnsafePointer(weights), stride: 0, rows: 0..<0, columns: 0..<epilogue.output.channels)
    return kernels.functions.pointee.prepare_gemm(&call, memory)
  }

  package func run(phase: Int, share: Share) {
    let rows = epilogue.output.count
    let columns = epilogue.output.channels
    // By rows or by columns, whichever leaves the slowest thread less; columns repeat the gathering.
    let rowPart = share.largest(of: rows, unit: 16) * columns
    let columnPart = share.largest(of: columns, unit: 16) * rows
    let byColumns = window == nil ? columnPart < rowPart : columnPart * 5 < rowPart * 4
    let rowRange = byColumns ? 0..<rows : share.range(of: rows, unit: 16)
    let columnRange = byColumns ? share.range(of: columns, unit: 16) : 0..<columns
    if columnRange.isEmpty { return }
    if let window {
      rowRange.forEachBlock(of: blockRows) { block in
        gather(block, of: window, into: share.scratch)
        let operand = UnsafePointer(share.scratch.assumingMemoryBound(to: Int8.self))
        multiply(operand, stride: depth, rows: block, columns: columnRange)
      }
    } else if !rowRange.isEmpty {
      let operand = UnsafePointer(input.int8(row: rowRange.lowerBound))
      multiply(operand, stride: input.stride, rows: rowRange, columns: columnRange)
    }
  }

  private func multiply(
    _ operand: UnsafePointer<Int8>, stride: Int, rows: Range<Int>, columns: Range<Int>
  ) {
    var gemm = call(on: operand, stride: stride, rows: rows, columns: columns)
    kernels.functions.pointee.gemm(&gemm)
  }

  private func call(
    on operand: UnsafePointer<Int8>, stride: Int, rows: Range<Int>, columns: Range<Int>
  ) -> swl_gemm {
    let panelStride = depth.roundedUp(to: 64) * 16
    return swl_gemm(
      a: operand, a_low: nil, a_stride: stride, rows: Int32(rows.count), depth: Int32(depth),
      b: weights + columns.lowerBound / 16 * panelStride, b_panel_stride: panelStride,
      columns: Int32(columns.count), prepared: preparedWeights,
      prepared_column: Int32(columns.lowerBound), rule_per_row: 0,
      rule: rule.from(channel: columns.lowerBound, zeroPoint: epilogue.ruleZeroPoint),
      epilogue: epilogue.from(row: rows.lowerBound, channel: columns.lowerBound))
  }

  /// Writes the windows of some outputs, one after the other, each as runs of taps.
  private func gather(
    _ outputs: Range<Int>, of window: Window, into block: UnsafeMutableRawPointer
  ) {
    let hasWholeRuns = window.dilationX == 1 && input.isContiguous
    let tapRowBytes = window.dilationY * window.inputWidth * input.stride
    var target = block
    var (y, x) = outputs.lowerBound.quotientAndRemainder(dividingBy: window.outputWidth)
    for _ in outputs {
      let top = y * window.strideY - window.padTop
      let left = x * window.strideX - window.padLeft
      if hasWholeRuns && window.isInside(top: top, left: left) {
        var source = input.base + (top * window.inputWidth + left) * input.stride
        for _ in 0..<window.kernelHeight {
          copyRun(to: target, from: source, bytes: run)
          target += paddedRun
          source += tapRowBytes
        }
      } else {
        gatherTaps(top: top, left: left, of: window, into: target)
        target += depth
      }
      x += 1
      if x == window.outputWidth {
        x = 0
        y += 1
      }
    }
  }

  /// Writes one window tap by tap.
  private func gatherTaps(
    top: Int, left: Int, of window: Window, into block: UnsafeMutableRawPointer
  ) {
    let tapBytes = window.dilationX == 1 ? input.channels : paddedRun
    let tapRowBytes = depth / window.kernelHeight
    for ky in 0..<window.kernelHeight {
      let row = top + ky * window.dilationY
      var target = block + ky * tapRowBytes
      for kx in 0..<window.kernelWidth {
        let column = left + kx * window.dilationX
        if (0..<window.inputHeight).contains(row) && (0..<window.inputWidth).contains(column) {
          let source = input.address(row: row * window.inputWidth + column)
          copyRun(to: target, from: source, bytes: input.channels)
        } else if let padding {
          copyRun(to: target, from: padding, bytes: input.channels)
        }
        target += tapBytes
      }
    }
  }
}

extension Window {
  /// Whether all taps of the window whose first one is there lie inside the input.
  @inline(__always)
  fileprivate func isInside(top: Int, left: Int) -> Bool {
    top >= 0 && left >= 0 && top + extentY <= inputHeight && left + extentX <= inputWidth
  }

  /// Whether output row i is input row i: a 1 x 1 window that moves by one.
  fileprivate var isPointwise: Bool {
    taps == 1 && strideY == 1 && strideX == 1 && !hasPadding && inputWidth == outputWidth
  }
}
