/// What the control groups that this process is in allow it, and what they have denied it: the strictest group counts.
package enum ControlGroup {
  /// How long a group's threads together may run in each period, both in microseconds; nil without a limit.
  package static let quota = quota(of: groups(reading: SystemFile.text), reading: SystemFile.text)

  /// How often this process's groups have been stopped because their quota was used up.
  package static var throttlings: Int {
    groups(reading: SystemFile.text).reduce(0) { sum, folder in
      let fields = SystemFile.text(of: "\(folder)/cpu.stat").split(whereSeparator: \.isWhitespace)
      let place = fields.firstIndex(of: "nr_throttled").map { $0 + 1 }
      return sum + (place.flatMap { $0 < fields.count ? Int(fields[$0]) : nil } ?? 0)
    }
  }

  /// The folders of the groups, from this process's own to the outermost, of version 2 and of version 1.
  package static func groups(reading text: (String) -> String) -> [String] {
    text("/proc/self/cgroup").split(separator: "\n").flatMap { line -> [String] in
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return [] }
      let isUnified = fields[1].isEmpty
      guard isUnified || fields[1].split(separator: ",").contains("cpu") else { return [] }
      let root = isUnified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/\(fields[1])"
      var names = fields[2].split(separator: "/")
      var folders = [root]
      while !names.isEmpty {
        folders.append("\(root)/\(names.joined(separator: "/"))")
        names.removeLast()
      }
      return folders
    }
  }

  package static func quota(
    of groups: [String], reading text: (String) -> String
  ) -> (microseconds: Int, period: Int)? {
    groups.compactMap { folder -> (microseconds: Int, period: Int)? in
      // "max" or -1 where there is no limit.
      let unified = text("\(folder)/cpu.max").split(whereSeparator: \.isWhitespace)
      let fields =
        unified.count == 2
        ? unified.map { Int($0) }
        : ["quota", "period"].map {
          Int(text("\(folder)/cpu.cfs_\($0)_us").filter { !$0.isWhitespace })
        }
      guard let quota = fields[0], let period = fields[1], quota > 0, period > 0 else { return nil }
      return (quota, period)
    }.min { $0.microseconds * $1.period < $1.microseconds * $0.period }
  }
}
