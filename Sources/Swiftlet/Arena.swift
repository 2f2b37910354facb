#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Zeroed memory that starts at a page.
struct Arena: ~Copyable {
  let base: UnsafeMutableRawPointer
  let bytes: Int

  /// Reserves memory; the system provides a page when it is first touched.
  init(bytes: Int) throws(SessionError) {
    let size = max(bytes, 1)
    let memory = mmap(
      nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | Int32(MAP_ANONYMOUS), -1, 0)
    guard let memory, memory != MAP_FAILED else {
      throw SessionError("no memory for the \(bytes) bytes that the model works in")
    }
    base = memory
    self.bytes = size
  }

  deinit {
    munmap(base, bytes)
  }
}
