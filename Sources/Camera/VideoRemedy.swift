import SwiftletProgram

extension SystemCallError {
  /// What to do about a device that cannot be opened or asked, behind a semicolon; empty where nothing is known.
  package func remedy(path: String, access: FileAccessRights?) -> String {
    switch kind {
    case .denied:
      guard let access, access.admitsGroup, access.group != 0 else {
        return
          "; no group may use it: run sudo chgrp video \(path) && sudo chmod g+rw \(path) && sudo usermod -aG video $USER, and log in again"
      }
      let group = Self.groupName(access.group)
      return
        "; the group '\(group)' may use it: run sudo usermod -aG \(group) $USER, and log in again"
    case .busy: return "; another program uses it: end that one"
    case .missing: return "; swiftlet doctor lists the cameras that are there"
    case .gone: return "; the device is gone: plug it in again"
    case .other: return ""
    }
  }

  /// What a group is called; its number where nobody says.
  private static func groupName(_ number: UInt32) -> String {
    let lines = (try? FileAccess.readText("/etc/group"))?.split(separator: "\n") ?? []
    let fields = lines.map { $0.split(separator: ":", omittingEmptySubsequences: false) }
    let own = fields.first { $0.count > 2 && UInt32($0[2]) == number }
    return own.map { String($0[0]) } ?? "\(number)"
  }
}
