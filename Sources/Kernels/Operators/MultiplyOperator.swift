import CSwiftletKernels

/// The element-wise product of two int8 tensors; the second may be one row for all.
package struct MultiplyOperator: KernelOperator {
  private let kernels: KernelSet
  private let left: BoundRows
  private let right: BoundRows
  private let output: BoundRows
  private let bias: Int32
  private let multiplier: Int32
  private let shift: Int32
  private let low: Int32
  private let high: Int32

  package init(
    kernels: KernelSet, left: BoundRows, right: BoundRows, output: BoundRows, bias: Int32,
    multiplier: Int32, shift: Int32, low: Int32, high: Int32
  ) {
    self.kernels = kernels
    self.left = left
    self.right = right
    self.output = output
    self.bias = bias
    self.multiplier = multiplier
    self.shift = shift
    self.low = low
    self.high = high
  }

  package func run(phase: Int, share: Share) {
    let tile = share.tile(rows: output.count, channels: output.channels)
    if tile.isEmpty { return }
    let (row, channel) = (tile.rows.lowerBound, tile.channels.lowerBound)
    let isBroadcast = right.count == 1
    var call = swl_multiply(
      a: left.int8(row: row, channel: channel),
      b: right.int8(row: isBroadcast ? 0 : row, channel: channel), a_stride: left.stride,
      b_stride: isBroadcast ? 0 : right.stride, rows: Int32(tile.rows.count),
      channels: Int32(tile.channels.count), a_zero_point: Int32(left.zeroPoint),
      b_zero_point: Int32(right.zeroPoint), bias: bias, multiplier: multiplier, shift: shift,
      zero_point: Int32(output.zeroPoint), low: low, high: high,
      out: output.int8(row: row, channel: channel), out_stride: output.stride)
    kernels.functions.pointee.multiply(&call)
  }
}
