#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// How many threads can run at once.
package enum ProcessorCount {
  /// The processors that this process may run on.
  package static let allowed = max(1, allowedProcessors.count)

  /// The cores that are worth a thread each: of those this process may run on, the fastest kind, counted once however
  /// many hardware threads they have, within the control group's quota.
  package static let performanceCores: Int = {
    let processors = allowedProcessors.map { processor in
      let folder = "/sys/devices/system/cpu/cpu\(processor)"
      return (
        capacity: SystemFile.integers(in: "\(folder)/cpu_capacity").first ?? 0,
        core: SystemFile.integers(in: "\(folder)/topology/thread_siblings_list").first ?? processor
      )
    }
    let fastest = processors.map(\.capacity).max() ?? 0
    let cores = Set(processors.filter { $0.capacity == fastest }.map(\.core)).count
    let allowance = ControlGroup.quota.map { $0.microseconds / $0.period } ?? cores
    return max(1, min(cores, allowance))
  }()

  /// The numbers of the processors that this process may run on.
  package static let allowedProcessors: [Int] = {
    let status = SystemFile.text(of: "/proc/self/status").split(separator: "\n")
    let key = "Cpus_allowed_list:"
    guard let line = status.first(where: { $0.hasPrefix(key) }) else {
      // Without /proc, those that the machine has.
      return Array(0..<max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }
    return line.dropFirst(key.count).split(separator: ",").flatMap { text -> [Int] in
      let ends = text.split { !$0.isNumber }.compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, first <= last else { return [] }
      return Array(first...last)
    }
  }()
}
