import SwiftletKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What the threads need to run a program: plain pointers, so that running allocates, counts and locks nothing.
struct Execution {
  let operators: UnsafePointer<PreparedOperator>
  /// Which of the operators run.
  var range: Range<Int>
  let scratch: UnsafeMutableRawPointer
  let scratchBytesPerThread: Int
  let threads: Int
  let meeting: WorkerPool.Meeting
  /// To which the time of each instruction is added; nil where nobody asks.
  var nanoseconds: UnsafeMutablePointer<UInt64>?

  /// Runs one thread's shares of the operators.
  func run(part: Int) {
    let share = Share(
      part: part, of: threads, scratch: scratch + part * scratchBytesPerThread)
    let clock = part == 0 ? nanoseconds : nil
    var start = clock == nil ? 0 : monotonicNanoseconds()
    for index in range {
      for phase in 0..<operators[index].phases {
        operators[index].run(phase: phase, share: share)
        meeting.meet()
      }
      if let clock {
        let now = monotonicNanoseconds()
        clock[index] += now - start
        start = now
      }
    }
  }
}

/// The time since some fixed moment.
private func monotonicNanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
