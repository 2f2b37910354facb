#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Reads files without Foundation.
enum FileBytes {
  /// The largest image file that is read.
  static let limit = 1 << 30

  static func read(_ path: String) throws(ImageError) -> [UInt8] {
    // Else the opening of a pipe would wait for whoever writes to it.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure(path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "no regular file"
      throw ImageError("cannot read \(path): \(kind), expected an image file")
    }
    guard status.st_size <= limit else {
      throw ImageError("cannot read \(path): \(status.st_size) bytes, expected at most \(limit)")
    }
    let size = Int(status.st_size)
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let part = UnsafeMutableRawBufferPointer(buffer)[count...]
        let got = Self.read(descriptor, UnsafeMutableRawBufferPointer(rebasing: part))
        if got < 0 { code = errno }
        guard got > 0 else { return }
        count += got
      }
    }
    guard code == 0 else {
      errno = code
      throw failure(path)
    }
    return bytes
  }

  private static func read(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    while true {
      #if canImport(Musl)
        let got = Musl.read(descriptor, buffer.baseAddress, buffer.count)
      #else
        let got = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      #endif
      guard got < 0, errno == EINTR else { return got }
    }
  }

  private static func failure(_ path: String) -> ImageError {
    ImageError("cannot read \(path): \(String(cString: strerror(errno)))")
  }
}
