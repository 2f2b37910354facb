import CSwiftletKernels
import SwiftletProgram

/// The element-wise product of two int8 tensors; the second may be one row for all.
package struct MultiplyOperator: KernelOperator {
  private let it: Multiply
  private let kernels: KernelSet
  private let left: BoundRows
  private let right: BoundRows
  private let output: BoundRows

  init(_ it: Multiply, _ memory: Binding) throws(ModelFileError) {
    self.it = it
    kernels = memory.kernels
    left = try memory.rows(it.left)
    right = try memory.rows(it.right)
    output = try memory.rows(it.output)
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
      b_zero_point: Int32(right.zeroPoint), bias: Int32(it.rule.bias),
      multiplier: Int32(it.rule.multiplier), shift: Int32(it.rule.shift),
      zero_point: Int32(output.zeroPoint), low: Int32(it.low), high: Int32(it.high),
      out: output.int8(row: row, channel: channel), out_stride: output.stride)
    kernels.functions.pointee.multiply(&call)
  }
}
