import Swiftlet
import SwiftletLive
import SwiftletMeasuring
import SwiftletProgram

#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The processors, and how many of them this process may use.
struct CPUReport: Encodable {
  struct Quota: Encodable {
    /// How many processors the control group may keep busy.
    var processors: Double
  }

  let model: String
  let architecture: String
  /// Instruction set extensions that int8 kernels are made of, as the kernel names them.
  let features: [String]
  /// Processors that the machine has and that this process may run on.
  let processors: Int
  let allowed: Int
  let quota: Quota?
  let defaultThreads: Int
  /// Frequency governors in use; empty where the kernel shows none, as in most virtual machines.
  let governors: [String]

  private enum CodingKeys: String, CodingKey {
    case model, architecture, features, processors, allowed, quota, governors
    case defaultThreads = "default_threads"
  }

  /// Extensions that any kernel set could use, by the names of /proc/cpuinfo.
  private static let extensions: Set<String> = [
    "ssse3", "avx2", "avx_vnni", "avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512vbmi",
    "avx512_vnni", "amx_tile", "amx_int8", "asimd", "asimddp", "i8mm", "sve", "sve2",
  ]

  static func current() -> CPUReport {
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

  var problems: [String] {
    let slow = governors.filter { $0 != "performance" }
    guard !slow.isEmpty else { return [] }
    return [
      "the frequency governor is \(slow.joined(separator: ", ")): latencies vary with the load before; for measuring, run: echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor"
    ]
  }

  func addRows(to table: inout TextTable) {
    table.add("cpu", "\(model), \(architecture)")
    table.add("features", features.isEmpty ? "none known" : features.joined(separator: " "))
    let limit = quota.map { ", at most \(NumberText.fixed($0.processors, 2)) at once" } ?? ""
    table.add(
      "processors",
      "\(processors), \(allowed) allowed\(limit); \(defaultThreads) threads by default")
    table.add(
      "governor",
      governors.isEmpty
        ? "not shown by this kernel (usual in virtual machines)"
        : governors.joined(separator: ", "))
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
struct MemoryReport: Encodable {
  let totalBytes: Int
  let availableBytes: Int
  /// What the control group may use; nil without a limit.
  let limitBytes: Int?
  let pageBytes: Int

  private enum CodingKeys: String, CodingKey {
    case totalBytes = "total_bytes"
    case availableBytes = "available_bytes"
    case limitBytes = "limit_bytes"
    case pageBytes = "page_bytes"
  }

  static func current() -> MemoryReport {
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

  func addRows(to table: inout TextTable) {
    let limit = limitBytes.map { ", at most \(NumberText.bytes($0)) for this control group" } ?? ""
    table.add(
      "memory",
      "\(NumberText.bytes(totalBytes)), \(NumberText.bytes(availableBytes)) available\(limit); pages of \(NumberText.bytes(pageBytes))"
    )
  }
}
