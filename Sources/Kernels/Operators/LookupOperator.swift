import CSwiftletKernels
import SwiftletProgram

/// A table of 256 entries applied to every element of an int8 tensor.
package struct LookupOperator: KernelOperator {
  private let kernels: KernelSet
  private let input: BoundRows
  private let output: BoundRows
  private let table: UnsafePointer<Int8>

  init(_ it: Lookup, _ memory: Binding) throws(ModelFileError) {
    kernels = memory.kernels
    input = try memory.rows(it.input)
    output = try memory.rows(it.output)
    table = try memory.data(it.table)
  }

  package func run(phase: Int, share: Share) {
    if input.isContiguous && output.isContiguous {
      let range = share.range(of: input.count * input.channels, unit: 64)
      look(up: range.count, row: 0, channel: range.lowerBound)
      return
    }
    for row in share.range(of: input.count) { look(up: input.channels, row: row, channel: 0) }
  }

  /// Looks up so many elements from one on.
  private func look(up count: Int, row: Int, channel: Int) {
    var call = swl_lookup(
      in: input.int8(row: row, channel: channel), table: table,
      out: output.int8(row: row, channel: channel), count: count)
    kernels.functions.pointee.lookup(&call)
  }
}
