package import SwiftletImaging

#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The video devices of this machine.
package enum VideoDeviceList {
  /// One `/dev/video*`, and what it says, or why it says nothing.
  package struct Entry {
    package var path: String
    package var device: Result<VideoDevice, SystemCallError>
    /// Who may use it.
    package var access: FileAccessRights?
  }

  /// The devices in a folder, by number; `open` opens a path.
  package static func entries(
    in folder: String = "/dev",
    open: (String) throws(SystemCallError) -> any VideoNode = {
      (path) throws(SystemCallError) in try OpenVideoNode(path: path)
    }
  ) throws(FileTreeError) -> [Entry] {
    let numbers = try FileTree.names(in: folder).compactMap { name in
      name.hasPrefix("video") ? Int(name.dropFirst(5)) : nil
    }
    return numbers.sorted().map { number in
      let path = "\(folder)/video\(number)"
      let device = Result { () throws(SystemCallError) in try VideoDevice(open(path)) }
      return Entry(path: path, device: device, access: FileAccessRights(path: path))
    }
  }
}

/// Who may use a file.
package struct FileAccessRights: Equatable, Sendable {
  /// The number of the file's group.
  package var group: UInt32
  /// Whether the group may read and write.
  package var admitsGroup: Bool

  package init(group: UInt32, admitsGroup: Bool) {
    self.group = group
    self.admitsGroup = admitsGroup
  }

  /// nil where there is no such file.
  package init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    group = status.st_gid
    admitsGroup = status.st_mode & 0o060 == 0o060
  }
}
