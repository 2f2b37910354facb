#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The time since some fixed moment, on the clock that V4L2 stamps its frames with.
package func monotonicNanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
