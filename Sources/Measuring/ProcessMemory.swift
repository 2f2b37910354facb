import SwiftletProgram

/// The memory of this process.
package enum ProcessMemory {
  /// The most that was resident at once, in bytes; 0 where the kernel does not say.
  package static var peakBytes: Int {
    let status = (try? FileAccess.readText("/proc/self/status")) ?? ""
    let key = "VmHWM:"
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(key) }) else {
      return 0
    }
    return line.split { !$0.isNumber }.first.flatMap { Int($0) }.map { $0 * 1024 } ?? 0
  }
}
