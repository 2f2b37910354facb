#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Writes a file so that its path never holds half of it: into a temporary file of the same folder, which then takes
/// its name. On any failure nothing is left behind and what the path held before is untouched.
package func writeAtomically(_ bytes: [UInt8], to path: String) throws(ModelFileError) {
  func failure(_ step: String) -> ModelFileError {
    let reason = String(cString: strerror(errno))
    return ModelFileError("cannot write \(path): \(step): \(reason)")
  }
  let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
  let folder = slash.map { String(path[...$0]) } ?? ""
  let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
  guard !name.isEmpty else { throw ModelFileError("cannot write \(path): it names a folder") }
  let temporary = "\(folder).\(name).\(getpid()).\(UInt32.random(in: 0...UInt32.max)).partial"

  // A file without a name leaves nothing behind, whatever ends the process; not every file system has them.
  let unnamed = open(folder.isEmpty ? "." : folder, unnamedFileFlags | O_WRONLY | O_CLOEXEC, 0o666)
  let descriptor =
    unnamed >= 0 ? unnamed : open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
  guard descriptor >= 0 else { throw failure("creating a file in its folder") }
  var failed: ModelFileError?
  if !writeAll(bytes, to: descriptor) {
    failed = failure("writing")
  } else if fsync(descriptor) != 0 {
    failed = failure("flushing")
  } else if unnamed >= 0,
    linkat(AT_FDCWD, "/proc/self/fd/\(unnamed)", AT_FDCWD, temporary, AT_SYMLINK_FOLLOW) != 0
  {
    failed = failure("naming")
  }
  if close(descriptor) != 0, failed == nil { failed = failure("closing") }
  if failed == nil, rename(temporary, path) != 0 { failed = failure("renaming") }
  if let failed {
    unlink(temporary)
    throw failed
  }
}

/// O_TMPFILE of Linux: the C macro is an expression that Swift does not import.
private let unnamedFileFlags: Int32 = 0o20000000 | O_DIRECTORY

private func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
  bytes.withUnsafeBytes { buffer in
    var rest = buffer[...]
    while !rest.isEmpty {
      let part = UnsafeRawBufferPointer(rebasing: rest)
      let written = write(descriptor, part.baseAddress, part.count)
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { return false }
      rest = rest.dropFirst(written)
    }
    return true
  }
}
