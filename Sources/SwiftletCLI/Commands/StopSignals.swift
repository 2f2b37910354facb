import SwiftletCamera

#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// SIGINT and SIGTERM as a wish to end; a second one ends the process at once.
enum StopSignals {
  static func install(_ stop: StopRequest) {
    request = stop
    descriptor = stop.descriptors.writing
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM] {
      signal(number, handler)
      sigaddset(&signals, number)
    }
    // Whoever started this process may have blocked them.
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  static var wereRaised: Bool { raised != 0 }

  private static let handler: @convention(c) (Int32) -> Void = { number in
    let code = errno
    raised = number
    var byte: UInt8 = 1
    _ = write(descriptor, &byte, 1)
    signal(number, SIG_DFL)
    errno = code
  }
}

/// Keeps the descriptors open.
nonisolated(unsafe) private var request: StopRequest?
/// What the handler uses: constants of the compiler's, not made when first used.
nonisolated(unsafe) private var descriptor: Int32 = -1
nonisolated(unsafe) private var raised: Int32 = 0
