import SwiftletCamera
import SwiftletKernels

/// Hands frames from the thread that captures to the one that classifies. Of three frames each has one, and the third is the
/// newest that was captured, or free: nothing queues up, and nothing is allocated.
///
/// Unchecked: what both threads use the monitor guards.
package final class FrameExchange: @unchecked Sendable {
  private let keepsEveryFrame: Bool
  private let monitor = Monitor()
  private var newest: PreparedFrame?
  private var free: [PreparedFrame]
  private var isFinished = false
  private var isCancelled = false
  private var staleFrames = 0

  /// With `keepsEveryFrame` the capturing thread waits until its last frame was taken; else a newer frame takes the place of
  /// one that was not.
  package init(inputCount: Int, keepsEveryFrame: Bool) {
    self.keepsEveryFrame = keepsEveryFrame
    free = (0..<3).map { _ in PreparedFrame(inputCount: inputCount) }
  }

  /// Frames whose place a newer one took.
  package var stale: Int { monitor.locked { staleFrames } }

  /// A frame to fill.
  package func first() -> PreparedFrame? { monitor.locked { free.popLast() } }

  /// Hands a filled frame over, and counts in it those whose place a newer one took; returns another to fill, or nil if none
  /// is wanted any more.
  package func publish(_ frame: PreparedFrame) -> PreparedFrame? {
    monitor.locked {
      while keepsEveryFrame, newest != nil, !isCancelled { monitor.wait() }
      guard !isCancelled else { return nil }
      let old = newest
      if old != nil { staleFrames += 1 }
      frame.counts.stale += staleFrames
      newest = frame
      monitor.wakeAll()
      return old ?? free.popLast()
    }
  }

  /// Says that no more frames come.
  package func finish() {
    monitor.locked {
      isFinished = true
      monitor.wakeAll()
    }
  }

  /// Gives the frame taken last back, and waits for the newest one; nil after the last.
  package func take(returning old: PreparedFrame?) -> PreparedFrame? {
    monitor.locked {
      if let old { free.append(old) }
      while newest == nil, !isFinished { monitor.wait() }
      let frame = newest
      newest = nil
      monitor.wakeAll()
      return frame
    }
  }

  /// Says that no more frames are wanted.
  package func cancel() {
    monitor.locked {
      isCancelled = true
      monitor.wakeAll()
    }
  }
}
