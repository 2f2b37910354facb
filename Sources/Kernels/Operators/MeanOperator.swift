import CSwiftletKernels

/// The mean over all rows, by channel.
package struct MeanOperator: KernelOperator {
  private let kernels: KernelSet
  private let input: BoundRows
  private let rule: BoundRule
  private let epilogue: BoundEpilogue

  package init(
    kernels: KernelSet, input: BoundRows, rule: BoundRule, epilogue: BoundEpilogue
  ) {
    self.kernels = kernels
    self.input = input
    self.rule = rule
    self.epilogue = epilogue
  }

  package var scratchBytesPerThread: Int {
    input.channels.roundedUp(to: 16) * MemoryLayout<Int32>.stride
  }

  package func run(phase: Int, share: Share) {
    let range = share.range(of: input.channels, unit: 64)
    if range.isEmpty { return }
    let sums = share.scratch.assumingMemoryBound(to: Int32.self)
    sums.update(repeating: 0, count: range.count)
    let channels = Int32(range.count)
    if input.isInt16 {
      kernels.functions.pointee.sum_rows16(
        input.int16(row: 0, channel: range.lowerBound), input.stride, Int32(input.count), channels,
        sums)
    } else {
      kernels.functions.pointee.sum_rows8(
        input.int8(row: 0, channel: range.lowerBound), input.stride, Int32(input.count), channels,
        sums)
    }
    var bound = rule.from(channel: range.lowerBound, zeroPoint: epilogue.ruleZeroPoint)
    var target = epilogue.from(row: 0, channel: range.lowerBound)
    kernels.functions.pointee.requantize_sums(sums, channels, &bound, &target)
  }
}
