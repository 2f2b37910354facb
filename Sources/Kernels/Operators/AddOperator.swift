import CSwiftletKernels
import SwiftletProgram

/// The sum of two tensors of one type; the second may be one row for all.
package struct AddOperator: KernelOperator {
  private let it: Add
  private let kernels: KernelSet
  private let left: BoundRows
  private let right: BoundRows
  private let output: BoundRows

  init(_ it: Add, _ memory: Binding) throws(ModelFileError) {
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
    var call = swl_add(
      a: left.address(row: row, channel: channel),
      b: right.address(row: isBroadcast ? 0 : row, channel: channel), a_stride: left.stride,
      b_stride: isBroadcast ? 0 : right.stride, rows: Int32(tile.rows.count),
      channels: Int32(tile.channels.count), is_int16: output.isInt16 ? 1 : 0,
      a_zero_point: Int32(left.zeroPoint), a_multiplier: Int32(it.leftMultiplier),
      b_zero_point: Int32(right.zeroPoint), b_multiplier: Int32(it.rightMultiplier),
      zero_point: Int32(output.zeroPoint), low: Int32(it.low), high: Int32(it.high),
      out: output.address(row: row, channel: channel), out_stride: output.stride)
    kernels.functions.pointee.add(&call)
  }
}
