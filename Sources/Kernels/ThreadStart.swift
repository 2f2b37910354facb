#if canImport(Musl)
  package import Musl
#else
  package import Glibc
#endif

/// What a thread's stack holds, however small the system's usual ones are (128 KB with musl, or what `ulimit -s` says).
private let stackBytes = 1 << 20

/// What a thread runs.
package typealias ThreadMain =
  @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer?

/// Starts a thread; returns 0, or the number of what is wrong.
package func startThread(
  _ handle: inout pthread_t, _ context: UnsafeMutableRawPointer, _ main: ThreadMain
) -> Int32 {
  var attributes = pthread_attr_t()
  let result = pthread_attr_init(&attributes)
  guard result == 0 else { return result }
  defer { pthread_attr_destroy(&attributes) }
  pthread_attr_setstacksize(&attributes, stackBytes)
  return pthread_create(&handle, &attributes, main, context)
}
