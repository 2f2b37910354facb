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

/// The files in a folder, in the order in which images are numbered everywhere: by the bytes of their paths.
package enum FileTree {
  /// The extensions of image files.
  package static let imageExtensions: Set<String> = ["jpeg", "jpg", "pgm", "pnm", "ppm"]

  /// The files of these extensions (in lower case; files have either) at any depth, relative to `folder`, by the bytes of
  /// their paths. Hidden ones are left out, and so are links to a folder that holds them.
  package static func files(
    in folder: String, extensions: Set<String>
  ) throws(FileTreeError) -> [String] {
    var found: [String] = []
    try collect(folder, prefix: "", extensions, parents: [], into: &found)
    return found.sorted(by: precedes)
  }

  /// The names in a folder by their bytes, hidden ones left out.
  package static func names(in folder: String) throws(FileTreeError) -> [String] {
    guard let stream = opendir(folder) else {
      throw FileTreeError(
        description: "\(folder): cannot read this folder: \(String(cString: strerror(errno)))")
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted(by: precedes)
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

  private static func collect(
    _ folder: String, prefix: String, _ extensions: Set<String>, parents: Set<String>,
    into found: inout [String]
  ) throws(FileTreeError) {
    guard let resolved = realpath(folder, nil) else {
      throw FileTreeError(
        description: "\(folder): cannot read this folder: \(String(cString: strerror(errno)))")
    }
    let place = String(cString: resolved)
    free(resolved)
    guard !parents.contains(place) else { return }
    for name in try names(in: folder) {
      let path = "\(folder)/\(name)"
      if isFolder(path) {
        try collect(
          path, prefix: "\(prefix)\(name)/", extensions, parents: parents.union([place]),
          into: &found)
      } else if extensions.contains(fileExtension(of: name)) {
        found.append(prefix + name)
      }
    }
  }

  private static func precedes(_ a: String, _ b: String) -> Bool {
    a.utf8.lexicographicallyPrecedes(b.utf8)
  }
}
