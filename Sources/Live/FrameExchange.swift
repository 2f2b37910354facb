import SwiftletCamera

#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Hands frames from the thread that captures to the one that classifies. Of three frames each has one, and the third is the
/// newest that was captured, or free: nothing queues up, and nothing is allocated.
///
/// Unchecked: what both threads use is behind the mutex.
package final class FrameExchange: @unchecked Sendable {
  private let keepsEveryFrame: Bool
  private let mutex: UnsafeMutablePointer<pthread_mutex_t> = .allocate(capacity: 1)
  private let condition: UnsafeMutablePointer<pthread_cond_t> = .allocate(capacity: 1)
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
    mutex.initialize(to: pthread_mutex_t())
    condition.initialize(to: pthread_cond_t())
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    pthread_cond_destroy(condition)
    mutex.deallocate()
    condition.deallocate()
  }

  /// Frames whose place a newer one took.
  package var stale: Int { locked { staleFrames } }

  /// A frame to fill.
  package func first() -> PreparedFrame? { locked { free.popLast() } }

  /// Hands a filled frame over, and counts in it those whose place a newer one took; returns another to fill, or nil if none
  /// is wanted any more.
  package func publish(_ frame: PreparedFrame) -> PreparedFrame? {
    locked {
      while keepsEveryFrame, newest != nil, !isCancelled { pthread_cond_wait(condition, mutex) }
      guard !isCancelled else { return nil }
      let old = newest
      if old != nil { staleFrames += 1 }
      frame.counts.stale += staleFrames
      newest = frame
      pthread_cond_broadcast(condition)
      return old ?? free.popLast()
    }
  }

  /// Says that no more frames come.
  package func finish() {
    locked {
      isFinished = true
      pthread_cond_broadcast(condition)
    }
  }

  /// Gives the frame taken last back, and waits for the newest one; nil after the last.
  package func take(returning old: PreparedFrame?) -> PreparedFrame? {
    locked {
      if let old { free.append(old) }
      while newest == nil, !isFinished { pthread_cond_wait(condition, mutex) }
      let frame = newest
      newest = nil
      pthread_cond_broadcast(condition)
      return frame
    }
  }

  /// Says that no more frames are wanted.
  package func cancel() {
    locked {
      isCancelled = true
      pthread_cond_broadcast(condition)
    }
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }
}
