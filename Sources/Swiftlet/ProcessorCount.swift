/// How many threads can run at once.
enum ProcessorCount {
  /// The processors that this process may run on.
  static let allowed = max(1, allowedProcessors.count)

  /// The cores that are worth a thread each: of those this process may run on, the fastest kind, counted once however
  /// many hardware threads they have, within the control group's quota.
  static let performanceCores: Int = {
    let processors = allowedProcessors.map { processor in
      let folder = "/sys/devices/system/cpu/cpu\(processor)"
      return (
        capacity: SystemFile.integers(in: "\(folder)/cpu_capacity").first ?? 0,
        core: SystemFile.integers(in: "\(folder)/topology/thread_siblings_list").first ?? processor
      )
    }
    let fastest = processors.map(\.capacity).max() ?? 0
    let cores = Set(processors.filter { $0.capacity == fastest }.map(\.core)).count
    let quota = SystemFile.integers(in: "/sys/fs/cgroup/cpu.max")
    let allowance = quota.count == 2 && quota[1] > 0 ? quota[0] / quota[1] : cores
    return max(1, min(cores, allowance))
  }()

  /// The numbers of the processors that this process may run on.
  private static let allowedProcessors: [Int] = {
    let status = SystemFile.text(of: "/proc/self/status").split(separator: "\n")
    let key = "Cpus_allowed_list:"
    guard let line = status.first(where: { $0.hasPrefix(key) }) else { return [] }
    return line.dropFirst(key.count).split(separator: ",").flatMap { text -> [Int] in
      let ends = text.split { !$0.isNumber }.compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, first <= last else { return [] }
      return Array(first...last)
    }
  }()
}
