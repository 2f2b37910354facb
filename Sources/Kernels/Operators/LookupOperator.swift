import CSwiftletKernels

/// A table of 256 entries applied to every element of an int8 tensor.
package struct LookupOperator: KernelOperator {
  private let kernels: KernelSet
  private let input: BoundRows
  private let output: BoundRows
  private let table: UnsafePointer<Int8>

  package init(
    kernels: KernelSet, input: BoundRows, output: BoundRows, table: UnsafePointer<Int8>
  ) {
    self.kernels = kernels
    self.input = input
    self.output = output
    self.table = table
  }

  package func run(phase: Int, share: Share) {
    if input.isContiguous && output.isContiguous {
      let range = share.range(of: input.count * input.channels, unit: 64)
      kernels.functions.pointee.lookup(
        input.int8(row: 0) + range.lowerBound, table, output.int8(row: 0) + range.lowerBound,
        range.count)
      return
    }
    for row in share.range(of: input.count) {
      kernels.functions.pointee.lookup(
        input.int8(row: row), table, output.int8(row: row), input.channels)
    }
  }
}
