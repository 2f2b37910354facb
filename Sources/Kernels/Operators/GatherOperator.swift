import CSwiftletKernels

/// Runs of elements copied to where an index map says.
package struct GatherOperator: KernelOperator {
  private let kernels: KernelSet
  private let sources: UnsafePointer<UnsafeRawPointer>
  private let sourceOfRun: UnsafePointer<Int32>?
  private let offsets: UnsafePointer<Int32>
  private let output: UnsafeMutableRawPointer
  private let runs: Int
  private let runBytes: Int
  private let elementSize: Int

  /// `offsets` counts elements; `sourceOfRun` is nil where all runs come from the first source.
  package init(
    kernels: KernelSet, sources: UnsafePointer<UnsafeRawPointer>,
    sourceOfRun: UnsafePointer<Int32>?, offsets: UnsafePointer<Int32>,
    output: UnsafeMutableRawPointer, runs: Int, run: Int, elementSize: Int
  ) {
    self.kernels = kernels
    self.sources = sources
    self.sourceOfRun = sourceOfRun
    self.offsets = offsets
    self.output = output
    self.runs = runs
    self.runBytes = run * elementSize
    self.elementSize = elementSize
  }

  package func run(phase: Int, share: Share) {
    let range = share.range(of: runs, unit: 16)
    let first = range.lowerBound
    UnsafeRawPointer(sources).withMemoryRebound(
      to: UnsafeRawPointer?.self, capacity: 1
    ) { sources in
      var call = swl_gather(
        sources: sources, source_of_run: sourceOfRun.map { $0 + first }, offsets: offsets + first,
        element_size: Int32(elementSize), run_bytes: runBytes, runs: range.count,
        out: output + first * runBytes)
      kernels.functions.pointee.gather(&call)
    }
  }
}
