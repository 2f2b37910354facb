internal import CSwiftletFloat
internal import Dispatch

/// What one thread of evaluation owns: buffers to use again, and the number of threads to split
/// work over.
package final class Workspace {
  package let threads: Int
  let kernels: swiftlet_float_kernels
  private var free: [Int: [[Float]]] = [:]
  /// How many buffers of a size this run has handed out and not yet taken back.
  private var lent: [Int: Int] = [:]

  package convenience init(threads: Int = 1) {
    self.init(threads: threads, kernels: FloatKernels.selected)
  }

  package init(threads: Int, kernels: FloatKernels) {
    self.threads = max(1, threads)
    self.kernels = kernels.functions
  }

  /// A buffer whose elements are unspecified.
  func floats(_ count: Int) -> [Float] {
    lent[count, default: 0] += 1
    if let buffer = free[count]?.popLast() { return buffer }
    return [Float](unsafeUninitializedCapacity: count) { $1 = count }
  }

  /// Takes a buffer back, or one in its place: no more than were handed out, so that those that come from elsewhere do not
  /// pile up.
  func recycle(_ buffer: consuming [Float]) {
    guard !buffer.isEmpty, let out = lent[buffer.count], out > 0 else { return }
    lent[buffer.count] = out - 1
    free[buffer.count, default: []].append(buffer)
  }

  /// Forgets the buffers that are still out.
  func endRun() { lent.removeAll(keepingCapacity: true) }

  /// The elements of all buffers that wait.
  var freeElements: Int { free.reduce(0) { $0 + $1.key * $1.value.count } }

  /// Runs `body` with a buffer of unspecified elements.
  func withScratch(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
    var buffer = floats(max(count, 1))
    buffer.withUnsafeMutableBufferPointer { elements in
      if let base = elements.baseAddress { body(base) }
    }
    recycle(buffer)
  }

  /// An array of `count` floats that `body` fills.
  func filled(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) -> [Float] {
    var buffer = floats(count)
    buffer.withUnsafeMutableBufferPointer { elements in
      if let base = elements.baseAddress, count > 0 { body(base) }
    }
    return buffer
  }

  /// Splits 0..<count into one range a thread, in pieces of no less than `grain`; `body` takes the
  /// thread and its range.
  func parallel(_ count: Int, grain: Int = 1, _ body: (Int, Range<Int>) -> Void) {
    let pieces = min(threads, max(1, count / max(1, grain)))
    guard pieces > 1 else { return body(0, 0..<count) }
    withoutActuallyEscaping(body) { body in
      let job = Job(body: body)
      DispatchQueue.concurrentPerform(iterations: pieces) { piece in
        job.body(piece, count * piece / pieces..<count * (piece + 1) / pieces)
      }
    }
  }
}

/// Work whose pieces write to separate places.
private struct Job: @unchecked Sendable {
  let body: (Int, Range<Int>) -> Void
}
