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
    let allowance = quota.map { $0.microseconds / $0.period } ?? cores
    return max(1, min(cores, allowance))
  }()

  /// How long the control group's threads together may run in each period, both in microseconds; nil without a limit.
  package static let quota: (microseconds: Int, period: Int)? = {
    let numbers = SystemFile.integers(in: "/sys/fs/cgroup/cpu.max")
    return numbers.count == 2 && numbers[1] > 0 ? (numbers[0], numbers[1]) : nil
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
