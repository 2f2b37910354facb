import CSwiftletKernels
import SwiftletProgram

/// Runs of elements copied to where an index map says.
package struct GatherOperator: KernelOperator {
  private let kernels: KernelSet
  private let sources: UnsafeMutablePointer<UnsafeRawPointer?>
  private let sourceOfRun: UnsafePointer<Int32>?
  private let offsets: UnsafePointer<Int32>
  private let output: BoundRows
  private let run: Int

  init(_ it: Gather, _ memory: Binding) throws(ModelFileError) {
    kernels = memory.kernels
    sources = memory.inputs
    for (index, input) in it.inputs.enumerated() {
      sources[index] = UnsafeRawPointer(try memory.rows(input).base)
    }
    sourceOfRun = try memory.data(it.sources)
    offsets = try memory.data(it.offsets)
    output = try memory.rows(it.output)
    run = it.run
  }

  package func run(phase: Int, share: Share) {
    let range = share.range(of: output.count * output.channels / run, unit: 16)
    let first = range.lowerBound
    var call = swl_gather(
      sources: sources, source_of_run: sourceOfRun.map { $0 + first }, offsets: offsets + first,
      element_size: Int32(output.elementSize), run_bytes: run * output.elementSize,
      runs: range.count, out: output.base + first * run * output.elementSize)
    kernels.functions.pointee.gather(&call)
  }
}
