#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A video device that shares its buffers with this process.
package protocol StreamingNode: VideoNode {
  /// Maps one of the driver's buffers for reading.
  func map(length: Int, offset: Int) throws(SystemCallError) -> UnsafeRawBufferPointer
  /// Ends a mapping.
  func unmap(_ memory: UnsafeRawBufferPointer)
  /// Waits until a buffer may be filled.
  func wait(milliseconds: Int, stop: StopRequest) -> Readiness
}

extension OpenVideoNode: StreamingNode {
  package func map(
    length: Int, offset: Int
  ) throws(SystemCallError) -> UnsafeRawBufferPointer {
    let memory = mmap(nil, length, PROT_READ, MAP_SHARED, descriptor, offset)
    guard let memory, memory != MAP_FAILED else { throw SystemCallError(code: errno) }
    return UnsafeRawBufferPointer(start: memory, count: length)
  }

  package func unmap(_ memory: UnsafeRawBufferPointer) {
    munmap(UnsafeMutableRawPointer(mutating: memory.baseAddress), memory.count)
  }

  package func wait(milliseconds: Int, stop: StopRequest) -> Readiness {
    waitUntilReadable(descriptor, milliseconds: milliseconds, stop: stop)
  }
}
