import SwiftletProgram

#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Why a folder could not be read: what, where, and what was expected, on one line.
package struct FileTreeError: Error, CustomStringConvertible, Equatable {
  package let description: String

  package init(description: String) { self.description = description }
}

/// What is in a folder: files by the bytes of their paths, and what was left out.
package struct FileListing: Sendable, Equatable {
  package fileprivate(set) var files: [String] = []
  /// Images of kinds that are not read.
  package fileprivate(set) var unread: [String] = []
  /// Files and folders whose names are not UTF-8, with `\x` before the bytes that are not.
  package fileprivate(set) var unnamed: [String] = []

  package var leftOutCount: Int { unread.count + unnamed.count }

  /// So many paths are named.
  private static let named = 5

  /// A line for each kind that was left out.
  package func notes(folder: String) -> [String] {
    func line(_ paths: [String], _ what: String) -> String? {
      guard !paths.isEmpty else { return nil }
      let names = paths.prefix(Self.named).joined(separator: ", ")
      return
        "skipped: \(folder): \(paths.count) \(what): \(names)\(paths.count > Self.named ? ", ..." : "")"
    }
    let kinds = FileTree.imageExtensions.sorted().joined(separator: ", ")
    return [
      line(unread, "images of other kinds than \(kinds)"),
      line(unnamed, "names that are not UTF-8"),
    ].compactMap { $0 }
  }
}

/// The files in a folder, in the order in which images are numbered everywhere: by the bytes of their paths.
package enum FileTree {
  /// The extensions of image files.
  package static let imageExtensions = Set(ImageFormat.read.flatMap(\.fileExtensions))

  /// Some of them this build leaves out.
  private static let otherExtensions = Set(ImageFormat.all.flatMap(\.fileExtensions))
    .union(["avif", "gif", "heic", "heif", "jp2", "jxl", "tif", "tiff"])

  /// The files of these extensions (in lower case; files have either) at any depth, relative to `folder`, by the bytes of
  /// their paths. Hidden ones and links to a folder that holds them are no part of it.
  package static func files(
    in folder: String, extensions: Set<String>
  ) throws(FileTreeError) -> FileListing {
    var found = FileListing()
    try collect(folder, prefix: "", extensions, parents: [], into: &found)
    found.files.sort(by: precedes)
    found.unread.sort(by: precedes)
    found.unnamed.sort(by: precedes)
    return found
  }

  /// The names in a folder by their bytes, without hidden ones and those that are not UTF-8.
  package static func names(in folder: String) throws(FileTreeError) -> [String] {
    try entries(of: folder).compactMap { String(validating: $0, as: UTF8.self) }.sorted(
      by: precedes)
  }

  /// The names in a folder, in bytes, without hidden ones.
  private static func entries(of folder: String) throws(FileTreeError) -> [[UInt8]] {
    guard let stream = opendir(folder) else {
      throw FileTreeError(
        description: "\(folder): cannot read this folder: \(String(cString: strerror(errno)))")
    }
    defer { closedir(stream) }
    var names: [[UInt8]] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if name.first != UInt8(ascii: ".") { names.append(name) }
    }
    return names
  }

  /// Text for bytes that are not UTF-8.
  private static func escaped(_ bytes: [UInt8]) -> String {
    bytes.map {
      (0x20..<0x7F).contains($0) ? String(UnicodeScalar($0)) : "\\x" + String($0, radix: 16)
    }
    .joined()
  }

  private static func collect(
    _ folder: String, prefix: String, _ extensions: Set<String>, parents: Set<String>,
    into found: inout FileListing
  ) throws(FileTreeError) {
    guard let resolved = realpath(folder, nil) else {
      throw FileTreeError(
        description: "\(folder): cannot read this folder: \(String(cString: strerror(errno)))")
    }
    let place = String(cString: resolved)
    free(resolved)
    guard !parents.contains(place) else { return }
    for bytes in try entries(of: folder) {
      guard let name = String(validating: bytes, as: UTF8.self) else {
        found.unnamed.append(prefix + escaped(bytes))
        continue
      }
      let path = "\(folder)/\(name)"
      if FileAccess.isFolder(path) {
        try collect(
          path, prefix: "\(prefix)\(name)/", extensions, parents: parents.union([place]),
          into: &found)
      } else if extensions.contains(FileAccess.fileExtension(of: name)) {
        found.files.append(prefix + name)
      } else if otherExtensions.contains(FileAccess.fileExtension(of: name)) {
        found.unread.append(prefix + name)
      }
    }
  }

  private static func precedes(_ a: String, _ b: String) -> Bool {
    a.utf8.lexicographicallyPrecedes(b.utf8)
  }
}
