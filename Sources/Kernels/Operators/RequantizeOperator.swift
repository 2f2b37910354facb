import CSwiftletKernels
import SwiftletProgram

/// int16 to int8, by one affine function a channel.
package struct RequantizeOperator: KernelOperator {
  private let kernels: KernelSet
  private let input: BoundRows
  private let output: BoundRows
  private let rule: BoundRule

  init(_ it: Requantize, _ memory: Binding) throws(ModelFileError) {
    kernels = memory.kernels
    input = try memory.rows(it.input)
    output = try memory.rows(it.output)
    rule = try memory.rule(it.rule)
  }

  package func run(phase: Int, share: Share) {
    let tile = share.tile(rows: input.count, channels: input.channels)
    if tile.isEmpty { return }
    let (row, channel) = (tile.rows.lowerBound, tile.channels.lowerBound)
    var call = swl_requantize(
      x: input.int16(row: row, channel: channel), x_stride: input.stride,
      rows: Int32(tile.rows.count), channels: Int32(tile.channels.count),
      rule: rule.from(channel: channel, zeroPoint: output.zeroPoint),
      out: output.int8(row: row, channel: channel), out_stride: output.stride)
    kernels.functions.pointee.requantize(&call)
  }
}
