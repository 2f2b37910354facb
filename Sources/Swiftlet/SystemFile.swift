#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The small text files through which the kernel tells and is told things.
enum SystemFile {
  /// The beginning of a file; empty where there is none.
  static func text(of path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 8192)
    let count = read(descriptor, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  /// The whole numbers in a file, signs and all else between them aside.
  static func integers(in path: String) -> [Int] {
    text(of: path).split { !$0.isNumber }.compactMap { Int($0) }
  }

  /// Writes a file if it is there.
  static func replace(_ path: String, with text: String) {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    _ = write(descriptor, text, text.utf8.count)
  }
}
