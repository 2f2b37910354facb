#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

extension StopRequest {
  /// Makes SIGINT and SIGTERM request this stop, for as long as the process lives; a second one ends the process at once.
  public func requestOnSignals() {
    keptRequest = self
    stopDescriptor = descriptors.writing
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM] {
      signal(number, handler)
      sigaddset(&signals, number)
    }
    // Whoever started this process may have blocked them.
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }
}

private let handler: @convention(c) (Int32) -> Void = { number in
  let code = errno
  var byte: UInt8 = 1
  _ = write(stopDescriptor, &byte, 1)
  signal(number, SIG_DFL)
  errno = code
}

/// Keeps the descriptors open.
nonisolated(unsafe) private var keptRequest: StopRequest?
/// What the handler uses: a constant of the compiler's, not made when first used.
nonisolated(unsafe) private var stopDescriptor: Int32 = -1
