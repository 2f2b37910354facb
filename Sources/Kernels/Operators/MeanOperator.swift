import CSwiftletKernels
import SwiftletProgram

/// The mean over all rows, by channel.
package struct MeanOperator: KernelOperator {
  private let kernels: KernelSet
  private let input: BoundRows
  private let rule: BoundRule
  private let epilogue: BoundEpilogue

  init(_ it: Mean, _ memory: Binding) throws(ModelFileError) {
    kernels = memory.kernels
    input = try memory.rows(it.input)
    rule = try memory.rule(it.rule)
    epilogue = try memory.epilogue(it.epilogue, it.output)
  }

  package var scratchBytesPerThread: Int {
    input.channels.roundedUp(to: 16) * MemoryLayout<Int32>.stride
  }

  package func run(phase: Int, share: Share) {
    let range = share.range(of: input.channels, unit: 64)
    if range.isEmpty { return }
    let sums = share.scratch.assumingMemoryBound(to: Int32.self)
    sums.update(repeating: 0, count: range.count)
    var call = swl_sum_rows(
      x: input.address(row: 0, channel: range.lowerBound), stride: input.stride,
      rows: Int32(input.count), channels: Int32(range.count), sums: sums)
    if input.isInt16 {
      kernels.functions.pointee.sum_rows16(&call)
    } else {
      kernels.functions.pointee.sum_rows8(&call)
    }
    var result = swl_requantize_sums(
      sums: sums, channels: Int32(range.count),
      rule: rule.from(channel: range.lowerBound, zeroPoint: epilogue.ruleZeroPoint),
      epilogue: epilogue.from(row: 0, channel: range.lowerBound))
    kernels.functions.pointee.requantize_sums(&result)
  }
}
