import SwiftletLive
import SwiftletMeasuring

extension CPUReport {
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

extension MemoryReport {
  func addRows(to table: inout TextTable) {
    let limit = limitBytes.map { ", at most \(NumberText.bytes($0)) for this control group" } ?? ""
    table.add(
      "memory",
      "\(NumberText.bytes(totalBytes)), \(NumberText.bytes(availableBytes)) available\(limit); pages of \(NumberText.bytes(pageBytes))"
    )
  }
}

extension KernelReport {
  func table(threads: Int) -> TextTable {
    var table = TextTable(
      ["kernel set", "1 thread", threads == 1 ? "" : "\(threads) threads", "int8 peak in GOPS"],
      leftColumns: [0, 3])
    for peak in peaks {
      let remarks = [
        peak.name == best ? "best" : nil,
        peak.name == selected && selected != best ? "chosen by SWIFTLET_KERNELS" : nil,
      ]
      table.add(
        peak.name, NumberText.fixed(peak.single, 1),
        threads == 1 ? "" : NumberText.fixed(peak.gops, 1),
        remarks.compactMap { $0 }.joined(separator: ", "))
    }
    for set in missing {
      table.add(set.name, "-", "", "this CPU lacks \(set.lacks.joined(separator: ", "))")
    }
    return table
  }
}
