import CSwiftletKernels

/// The sum of two tensors of one type; the second may be one row for all.
package struct AddOperator: KernelOperator {
  private let kernels: KernelSet
  private let left: BoundRows
  private let right: BoundRows
  private let output: BoundRows
  private let leftMultiplier: Int32
  private let rightMultiplier: Int32
  private let low: Int32
  private let high: Int32

  package init(
    kernels: KernelSet, left: BoundRows, right: BoundRows, output: BoundRows,
    leftMultiplier: Int32, rightMultiplier: Int32, low: Int32, high: Int32
  ) {
    self.kernels = kernels
    self.left = left
    self.right = right
    self.output = output
    self.leftMultiplier = leftMultiplier
    self.rightMultiplier = rightMultiplier
    self.low = low
    self.high = high
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
      a_zero_point: Int32(left.zeroPoint), a_multiplier: leftMultiplier,
      b_zero_point: Int32(right.zeroPoint), b_multiplier: rightMultiplier,
      zero_point: Int32(output.zeroPoint), low: low, high: high,
      out: output.address(row: row, channel: channel), out_stride: output.stride)
    kernels.functions.pointee.add(&call)
  }
}
