import SwiftletKernels

#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A wish to end a stream that wakes whoever waits for a frame.
public final class StopRequest: Sendable {
  /// Readable once a stop is requested; and where a byte written requests it, which a signal handler may do.
  package let descriptors: (reading: Int32, writing: Int32)

  /// Makes one that is not requested yet.
  ///
  /// - Throws: `CaptureError` if the process has no more descriptors.
  public init() throws(CaptureError) {
    var ends: (Int32, Int32) = (-1, -1)
    let result = withUnsafeMutablePointer(to: &ends) {
      $0.withMemoryRebound(to: Int32.self, capacity: 2) { pipe($0) }
    }
    guard result == 0 else {
      let error = SystemCallError(code: errno)
      throw CaptureError(
        description: "no pipe for a stop request: \(error); close files, or raise ulimit -n",
        system: error)
    }
    for end in [ends.0, ends.1] {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    descriptors = (ends.0, ends.1)
  }

  deinit {
    close(descriptors.reading)
    close(descriptors.writing)
  }

  /// Requests it; from any thread.
  public func request() {
    var byte: UInt8 = 1
    _ = write(descriptors.writing, &byte, 1)
  }

  /// Whether it is requested.
  public var isRequested: Bool {
    waitUntilReadable(-1, milliseconds: 0, stop: self) == .stopped
  }
}

/// What came of waiting.
package enum Readiness: Sendable {
  /// There is something to read.
  case ready
  case timeout
  /// A stop is requested.
  case stopped
  /// The other side is gone or broken; there may be something to read before that.
  case failed
}

/// Waits until a descriptor (none if it is -1) can be read, without a limit if `milliseconds` is negative.
func waitUntilReadable(
  _ descriptor: Int32, milliseconds: Int, stop: StopRequest
) -> Readiness {
  let start = monotonicNanoseconds()
  var waiting = (
    pollfd(fd: stop.descriptors.reading, events: Int16(POLLIN), revents: 0),
    pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
  )
  while true {
    let spent = Int((monotonicNanoseconds() - start) / 1_000_000)
    let rest = milliseconds < 0 ? -1 : max(0, milliseconds - spent)
    let count = withUnsafeMutablePointer(to: &waiting) {
      $0.withMemoryRebound(to: pollfd.self, capacity: 2) { poll($0, 2, Int32(clamping: rest)) }
    }
    if count < 0, errno == EINTR { continue }
    guard count >= 0 else { return .failed }
    if waiting.0.revents != 0 { return .stopped }
    let events = Int32(waiting.1.revents)
    if events & Int32(POLLERR | POLLNVAL) != 0 { return .failed }
    if events & Int32(POLLIN) != 0 { return .ready }
    if events != 0 { return .failed }
    if count == 0 { return .timeout }
  }
}
