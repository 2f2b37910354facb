import SwiftletProgram

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The bytes of a model file, a copy of its own, starting at a page. There is at least a page of zeros behind them, because
/// kernels may read up to 64 bytes behind an operand.
///
/// Unchecked: the memory is never written after initialisation.
struct ModelMemory: ~Copyable, @unchecked Sendable {
  /// The file.
  let bytes: UnsafeRawBufferPointer
  private let mappedBytes: Int

  private static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))

  /// Reserves zeroed memory for a file of `count` bytes.
  private init(count: Int, path: String) throws(ModelFileError) {
    let (size, overflow) = count.addingReportingOverflow(2 * Self.pageSize)
    let isTooLarge = overflow || size / Self.pageSize > sysconf(Int32(_SC_PHYS_PAGES))
    let memory = isTooLarge ? MAP_FAILED : mmap(nil, size, PROT_READ | PROT_WRITE, anonymous, -1, 0)
    guard let memory, memory != MAP_FAILED else {
      throw ModelFileError("\(path): no memory for its \(count) bytes")
    }
    mappedBytes = size
    bytes = UnsafeRawBufferPointer(start: memory, count: count)
  }

  /// Reads the file at `path`.
  static func reading(path: String) throws(ModelFileError) -> ModelMemory {
    // Else the opening of a pipe would wait for whoever writes to it.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw ModelFileError("cannot open \(path): \(systemError())") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw ModelFileError("cannot examine \(path): \(systemError())")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw ModelFileError("\(path) is not a file: a .swiftlet file is needed")
    }
    guard status.st_size > 0 else {
      throw ModelFileError("\(path) is empty: copy or convert it again")
    }
    let memory = try ModelMemory(count: Int(status.st_size), path: path)
    // What is no model is not worth the reading.
    try memory.read(0..<min(64, memory.bytes.count), of: path, descriptor)
    do { try ModelFile.checkBeginning(of: memory.bytes) } catch {
      throw ModelFileError("\(path): \(error)")
    }
    try memory.read(0..<memory.bytes.count, of: path, descriptor)
    return memory
  }

  private borrowing func read(
    _ range: Range<Int>, of path: String, _ descriptor: Int32
  ) throws(ModelFileError) {
    let file = UnsafeMutableRawBufferPointer(mutating: bytes)
    var position = range.lowerBound
    while position < range.upperBound {
      let rest = UnsafeMutableRawBufferPointer(rebasing: file[position..<range.upperBound])
      let count = pread(descriptor, rest.baseAddress, rest.count, position)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw ModelFileError("cannot read \(path): \(systemError())") }
      guard count > 0 else {
        throw ModelFileError("\(path) became shorter while it was read: copy or convert it again")
      }
      position += count
    }
  }

  /// Copies a file that is in memory.
  static func copying(_ file: [UInt8]) throws(ModelFileError) -> ModelMemory {
    let memory = try ModelMemory(count: file.count, path: "a model in memory")
    file.withUnsafeBytes {
      UnsafeMutableRawBufferPointer(mutating: memory.bytes).copyMemory(from: $0)
    }
    return memory
  }

  deinit {
    munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), mappedBytes)
  }
}

/// Memory that no file stands behind.
private let anonymous = MAP_PRIVATE | Int32(MAP_ANONYMOUS)

/// The message of the last failed system call.
private func systemError() -> String {
  String(cString: strerror(errno))
}
