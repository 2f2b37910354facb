/// Runs of elements copied to where an index map says.
package struct GatherOperator: KernelOperator {
  private let sources: UnsafePointer<UnsafeRawPointer>
  private let sourceOfRun: UnsafePointer<Int32>?
  private let offsets: UnsafePointer<Int32>
  private let output: UnsafeMutableRawPointer
  private let runs: Int
  private let runBytes: Int
  private let elementSize: Int

  /// `offsets` counts elements; `sourceOfRun` is nil where all runs come from the first source.
  package init(
    sources: UnsafePointer<UnsafeRawPointer>, sourceOfRun: UnsafePointer<Int32>?,
    offsets: UnsafePointer<Int32>, output: UnsafeMutableRawPointer, runs: Int, run: Int,
    elementSize: Int
  ) {
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
    switch runBytes {
    case 1: copyElements(range, as: UInt8.self)
    case 2: copyElements(range, as: UInt16.self)
    case 4: copyElements(range, as: UInt32.self)
    case 8: copyElements(range, as: UInt64.self)
    default:
      for index in range {
        copyExactly(to: output + index * runBytes, from: source(of: index), bytes: runBytes)
      }
    }
  }

  @inline(__always)
  private func source(of index: Int) -> UnsafeRawPointer {
    let source = sourceOfRun.map { Int($0[index]) } ?? 0
    return sources[source] + Int(offsets[index]) * elementSize
  }

  @inline(__always)
  private func copyElements<Element: BitwiseCopyable>(_ range: Range<Int>, as type: Element.Type) {
    for index in range {
      let element = source(of: index).loadUnaligned(as: type)
      (output + index * MemoryLayout<Element>.size).storeBytes(of: element, as: type)
    }
  }
}
