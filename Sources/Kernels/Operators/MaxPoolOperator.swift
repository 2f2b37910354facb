import CSwiftletKernels
import SwiftletProgram

/// The largest value under a window, by channel.
package struct MaxPoolOperator: KernelOperator {
  private let window: Window
  private let kernels: KernelSet
  private let input: BoundRows
  private let output: BoundRows

  init(_ it: MaxPool, _ memory: Binding) throws(ModelFileError) {
    window = it.window
    kernels = memory.kernels
    input = try memory.rows(it.input)
    output = try memory.rows(it.output)
  }

  package func run(phase: Int, share: Share) {
    let rows = share.range(of: window.outputHeight)
    if rows.isEmpty { return }
    var call = swl_max_pool(
      map: input.int8(row: 0), pixel_stride: input.stride,
      input_height: Int32(window.inputHeight), input_width: Int32(window.inputWidth),
      kernel_height: Int32(window.kernelHeight), kernel_width: Int32(window.kernelWidth),
      stride_y: Int32(window.strideY), stride_x: Int32(window.strideX),
      dilation_y: Int32(window.dilationY), dilation_x: Int32(window.dilationX),
      pad_top: Int32(window.padTop), pad_left: Int32(window.padLeft),
      first_row: Int32(rows.lowerBound), rows: Int32(rows.count), width: Int32(window.outputWidth),
      channels: Int32(input.channels), out: output.int8(row: rows.lowerBound * window.outputWidth),
      out_stride: output.stride)
    kernels.functions.pointee.max_pool(&call)
  }
}
