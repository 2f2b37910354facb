#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Copies a short run in whole vectors: reads and writes up to 15 bytes behind both ends, so runs are written in
/// ascending order and the last one needs room behind it.
@inline(__always)
func copyRun(
  to target: UnsafeMutableRawPointer, from source: UnsafeRawPointer, bytes: Int
) {
  if bytes > 512 {
    memcpy(target, source, bytes)
    return
  }
  var offset = 0
  while offset < bytes {
    let vector = (source + offset).loadUnaligned(as: SIMD16<UInt8>.self)
    (target + offset).storeBytes(of: vector, as: SIMD16<UInt8>.self)
    offset += 16
  }
}

/// Copies exactly `bytes` bytes.
@inline(__always)
func copyExactly(
  to target: UnsafeMutableRawPointer, from source: UnsafeRawPointer, bytes: Int
) {
  memcpy(target, source, bytes)
}
