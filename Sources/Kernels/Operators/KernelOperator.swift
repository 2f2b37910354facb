/// One step of a program, bound to memory. A phase is done in shares, one after the other or side by side, and ends
/// before the next begins. Shares write disjoint elements, so the result does not depend on the number of threads.
package protocol KernelOperator {
  /// The number of phases.
  var phases: Int { get }

  /// Bytes of the scratch memory that each thread needs, at 64-byte alignment.
  var scratchBytesPerThread: Int { get }

  /// Bytes of the memory that the threads share while it runs, at 64-byte alignment.
  var sharedBytes: Int { get }

  /// Writes what the kernel set finds out about the instruction's weights once and for all, at a multiple of 64, unless
  /// `memory` is nil; returns its bytes, 0 for nothing.
  func prepareWeights(into memory: UnsafeMutableRawPointer?) -> Int

  /// Computes a share of a phase.
  func run(phase: Int, share: Share)
}

extension KernelOperator {
  package var phases: Int { 1 }
  package var scratchBytesPerThread: Int { 0 }
  package var sharedBytes: Int { 0 }
  package func prepareWeights(into memory: UnsafeMutableRawPointer?) -> Int { 0 }
}

/// Which part of an operator's work is to be done, and the scratch memory of the thread that does it.
package struct Share {
  package var part: Int
  package var parts: Int
  package var scratch: UnsafeMutableRawPointer

  package init(part: Int, of parts: Int, scratch: UnsafeMutableRawPointer) {
    self.part = part
    self.parts = parts
    self.scratch = scratch
  }

  /// This share's part of `0..<count`, which is dealt out in multiples of `unit`.
  package func range(of count: Int, unit: Int = 1) -> Range<Int> {
    let units = (count + unit - 1) / unit
    let lower = min(count, units * part / parts * unit)
    let upper = min(count, units * (part + 1) / parts * unit)
    return lower..<upper
  }

  /// This share's part of a tensor: some rows, or some channels where that is the better balance.
  func tile(rows: Int, channels: Int) -> Tile {
    if largest(of: rows, unit: 1) * channels <= largest(of: channels, unit: 64) * rows {
      return Tile(rows: range(of: rows), channels: 0..<channels)
    }
    return Tile(rows: 0..<rows, channels: range(of: channels, unit: 64))
  }

  /// The largest part that any share has of `count` elements dealt out in multiples of `unit`.
  func largest(of count: Int, unit: Int) -> Int {
    let units = (count + unit - 1) / unit
    return min(count, (units + parts - 1) / parts * unit)
  }
}

/// A block of rows and channels.
struct Tile {
  var rows: Range<Int>
  var channels: Range<Int>
  var isEmpty: Bool { rows.isEmpty || channels.isEmpty }
}

extension Int {
  /// The next multiple of `unit`, a power of two.
  package func roundedUp(to unit: Int) -> Int { (self + unit - 1) & ~(unit - 1) }
}

extension Range<Int> {
  /// The range in consecutive blocks of at most `size` elements.
  @inline(__always)
  func forEachBlock(of size: Int, _ body: (Range<Int>) -> Void) {
    var start = lowerBound
    while start < upperBound {
      let end = Swift.min(upperBound, start + size)
      body(start..<end)
      start = end
    }
  }
}
