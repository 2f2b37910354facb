#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A file or a pipe, read into memory that is kept.
final class ByteStream {
  enum Progress {
    case more
    /// Nothing can be read without waiting.
    case nothing
    case end
    case stopped
  }

  private let descriptor: Int32
  private let isOwned: Bool
  private let stop: StopRequest
  private var memory: UnsafeMutableRawBufferPointer
  private var range = 0..<0
  private let limit: Int

  /// Opens a file; nil is the standard input. At most `limit` bytes are held.
  init(path: String?, limit: Int, stop: StopRequest) throws(SystemCallError) {
    // Nobody may write to a pipe yet: it is waited for where a stop request ends the wait.
    descriptor = path.map { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) } ?? STDIN_FILENO
    guard descriptor >= 0 else { throw SystemCallError(code: errno) }
    isOwned = path != nil
    self.stop = stop
    self.limit = limit
    memory = .allocate(byteCount: min(limit, 1 << 20), alignment: 64)
  }

  deinit {
    memory.deallocate()
    if isOwned { close(descriptor) }
  }

  /// How much a file holds from here on; nil of what is no file.
  var fileSize: Int? {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return max(0, Int(status.st_size) - max(0, Int(lseek(descriptor, 0, SEEK_CUR))))
  }

  /// What was read and not thrown away.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[range]) }

  /// Whether no more bytes can be held.
  var isFull: Bool { range.count == limit }

  /// Throws the first bytes away.
  func discard(_ count: Int) { range = (range.lowerBound + count)..<range.upperBound }

  /// Reads what there is; with `waits`, waits until there is something. `bytes` may move.
  func read(waits: Bool) throws(SystemCallError) -> Progress {
    switch waitUntilReadable(descriptor, milliseconds: waits ? -1 : 0, stop: stop) {
    case .stopped: return .stopped
    case .timeout: return .nothing
    case .ready, .failed: break
    }
    makeRoom()
    let room = UnsafeMutableRawBufferPointer(rebasing: memory[range.upperBound...])
    while true {
      let count = receive(descriptor, room)
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN { return .nothing }
      guard count >= 0 else { throw SystemCallError(code: errno) }
      range = range.lowerBound..<range.upperBound + count
      return count == 0 ? .end : .more
    }
  }

  private func makeRoom() {
    guard range.upperBound == memory.count else { return }
    if range.count <= memory.count / 2 {
      memory.copyMemory(from: bytes)
    } else {
      let larger = UnsafeMutableRawBufferPointer.allocate(
        byteCount: min(limit, 2 * memory.count), alignment: 64)
      larger.copyMemory(from: bytes)
      memory.deallocate()
      memory = larger
    }
    range = 0..<range.count
  }
}

/// The system call, which `ByteStream.read` hides.
private func receive(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
  read(descriptor, buffer.baseAddress, buffer.count)
}
