import Swiftlet
import SwiftletProgram

#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The processors, and how many of them this process may use.
package struct CPUReport: Encodable {
  package struct Quota: Encodable {
    /// How many processors the control group may keep busy.
    package var processors: Double
  }

  package let model: String
  package let architecture: String
  /// Instruction set extensions that int8 kernels are made of, as the kernel names them.
  package let features: [String]
  /// Processors that the machine has and that this process may run on.
  package let processors: Int
  package let allowed: Int
  package let quota: Quota?
  package let defaultThreads: Int
  /// Frequency governors in use; empty where the kernel shows none, as in most virtual machines.
  package let governors: [String]

  private enum CodingKeys: String, CodingKey {
    case model, architecture, features, processors, allowed, quota, governors
    case defaultThreads = "default_threads"
  }

  /// Extensions that any kernel set could use, by the names of /proc/cpuinfo.
  private static let extensions: Set<String> = [
    "ssse3", "avx2", "avx_vnni", "avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512vbmi",
    "avx512_vnni", "amx_tile", "amx_int8", "asimd", "asimddp", "i8mm", "sve", "sve2",
  ]

  package static func current() -> CPUReport {
    let info = ProcessorInfo(text: (try? FileAccess.readText("/proc/cpuinfo")) ?? "")
    return CPUReport(
      model: info.model, architecture: Self.machine,
      features: info.features.filter(extensions.contains),
      processors: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), allowed: ProcessorCount.allowed,
      quota: ControlGroup.quota.map {
        Quota(processors: Double($0.microseconds) / Double($0.period))
      }, defaultThreads: Session.defaultThreads, governors: Self.governorsInUse())
  }

  private static var machine: String {
    var name = utsname()
    guard uname(&name) == 0 else { return "unknown" }
    return withUnsafeBytes(of: name.machine) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  private static func governorsInUse() -> [String] {
    let processors = 0..<max(1, sysconf(Int32(_SC_NPROCESSORS_CONF)))
    let names = processors.compactMap { processor in
      try? FileAccess.readText(
        "/sys/devices/system/cpu/cpu\(processor)/cpufreq/scaling_governor")
    }
    return Set(names.flatMap { $0.split(whereSeparator: \.isWhitespace).map(String.init) }).sorted()
  }

  package var problems: [String] {
    let slow = governors.filter { $0 != "performance" }
    guard !slow.isEmpty else { return [] }
    return [
      "the frequency governor is \(slow.joined(separator: ", ")): latencies vary with the load before; for measuring, run: echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor"
    ]
  }
}

/// What /proc/cpuinfo says, on x86 and on ARM.
struct ProcessorInfo {
  private(set) var model = "unknown"
  private(set) var features: [String] = []

  init(text: String) {
    var fields: [String: String] = [:]
    for line in text.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let key = line[..<colon].split(whereSeparator: \.isWhitespace).joined(separator: " ")
      let value = line[line.index(after: colon)...].split(whereSeparator: \.isWhitespace)
      if fields[key] == nil { fields[key] = value.joined(separator: " ") }
    }
    if let name = fields["model name"] ?? fields["Model"] ?? fields["Hardware"] {
      model = name
    } else if let implementer = fields["CPU implementer"], let part = fields["CPU part"] {
      model = "implementer \(implementer) part \(part)"
    }
    features = (fields["flags"] ?? fields["Features"] ?? "").split(separator: " ").map(String.init)
  }
}

/// The memory of the machine, and of the control group.
package struct MemoryReport: Encodable {
  package let totalBytes: Int
  package let availableBytes: Int
  /// What the control group may use; nil without a limit.
  package let limitBytes: Int?
  package let pageBytes: Int

  private enum CodingKeys: String, CodingKey {
    case totalBytes = "total_bytes"
    case availableBytes = "available_bytes"
    case limitBytes = "limit_bytes"
    case pageBytes = "page_bytes"
  }

  package static func current() -> MemoryReport {
    let info = (try? FileAccess.readText("/proc/meminfo")) ?? ""
    func kibibytes(_ key: String) -> Int {
      let line = info.split(separator: "\n").first { $0.hasPrefix("\(key):") }
      return line?.split { !$0.isNumber }.first.flatMap { Int($0) } ?? 0
    }
    let limit = (try? FileAccess.readText("/sys/fs/cgroup/memory.max")) ?? ""
    return MemoryReport(
      totalBytes: 1024 * kibibytes("MemTotal"), availableBytes: 1024 * kibibytes("MemAvailable"),
      limitBytes: limit.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) },
      pageBytes: sysconf(Int32(_SC_PAGESIZE)))
  }
}
