#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Why a file cannot be read or written, or is not what is expected: what, where and what to do, on one line.
package struct FileError: Error, CustomStringConvertible, Equatable {
  package let description: String

  package init(_ description: String) { self.description = description }
}

/// Reading whole files, and finding out early what cannot be written.
package enum FileAccess {
  /// The bytes of a file.
  package static func read(_ path: String) throws(FileError) -> [UInt8] {
    try beginning(of: path, count: .max)
  }

  /// The first bytes of a file, at most `count`.
  package static func beginning(of path: String, count limit: Int) throws(FileError) -> [UInt8] {
    // Else the opening of a pipe would wait for whoever writes to it.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError("\(path): cannot be opened: \(systemError())") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw FileError("\(path): cannot be examined: \(systemError())")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "a pipe or a device"
      throw FileError("\(path): this is \(kind); a file is expected")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(limit, Int(max(0, status.st_size))))
    var buffer = [UInt8](repeating: 0, count: min(limit, 1 << 20))
    while bytes.count < limit {
      let count = receive(descriptor, &buffer)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw FileError("\(path): cannot be read: \(systemError())") }
      guard count > 0 else { break }
      bytes += buffer.prefix(min(count, limit - bytes.count))
    }
    return bytes
  }

  /// The text of a file, which must be UTF-8.
  package static func readText(_ path: String) throws(FileError) -> String {
    let bytes = try read(path)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FileError("\(path): not a text file; UTF-8 is expected")
    }
    return text
  }

  /// Checks that a file can be written, before any work is done for it.
  package static func checkWritable(_ path: String) throws(FileError) {
    guard !path.isEmpty, !path.hasSuffix("/"), !isFolder(path) else {
      throw FileError("cannot write '\(path)': it names a folder; name a file")
    }
    var status = stat()
    guard stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG else {
      throw FileError("cannot write \(path): it is a device or a pipe; name a file")
    }
    let folder = self.folder(of: path)
    guard isFolder(folder) else {
      throw FileError("cannot write \(path): there is no folder \(folder); make it first")
    }
    let probe = "\(folder)/.swiftlet.\(getpid()).\(UInt32.random(in: 0...UInt32.max)).partial"
    let descriptor = open(probe, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw FileError(
        "cannot write \(path): no file can be made in \(folder): \(systemError()); choose another folder"
      )
    }
    close(descriptor)
    unlink(probe)
  }

  /// Writes files one after the other; where one fails, those before it are removed again.
  package static func writeAll(
    _ files: [(bytes: [UInt8], path: String)]
  ) throws(ModelFileError) {
    for (index, file) in files.enumerated() {
      do { try writeAtomically(file.bytes, to: file.path) } catch {
        for written in files[..<index] { unlink(written.path) }
        throw error
      }
    }
  }

  /// Whether a path leads to a file, and to no folder, pipe or device; true where it leads nowhere, which opening says better.
  package static func isRegular(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG
  }

  package static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// What follows the last slash of a path.
  package static func name(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  /// What follows the last dot of a file's name, in lower case.
  package static func fileExtension(of name: String) -> String {
    guard let dot = name.lastIndex(of: ".") else { return "" }
    return name[name.index(after: dot)...].lowercased()
  }

  /// The folder that a file lies in.
  package static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Whether two paths lead to one file, by whatever spelling or link; it need not exist yet.
  package static func isSame(_ a: String, _ b: String) -> Bool {
    var (first, second) = (stat(), stat())
    if stat(a, &first) == 0, stat(b, &second) == 0 {
      return first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }
    return name(of: a) == name(of: b)
      && stat(folder(of: a), &first) == 0 && stat(folder(of: b), &second) == 0
      && first.st_dev == second.st_dev && first.st_ino == second.st_ino
  }

  private static func systemError() -> String { String(cString: strerror(errno)) }
}

/// The system call, which `FileAccess.read` hides.
private func receive(_ descriptor: Int32, _ buffer: inout [UInt8]) -> Int {
  read(descriptor, &buffer, buffer.count)
}
