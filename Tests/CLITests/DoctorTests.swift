import Foundation
import SwiftletKernels
import Testing

@Suite struct DoctorTests {
  @Test func saysWhatTheMachineCan() throws {
    let result = try Command(["doctor", "--threads", "2", "--json"]).object()
    #expect(
      Set(result.keys) == [
        "cpu", "kernels", "peak_gops", "threads", "memory", "video", "problems",
      ])
    let kernels = result["kernels"] as? [String: Any] ?? [:]
    #expect(Set(kernels.keys) == ["available", "missing", "best", "selected", "peaks"])
    #expect(kernels["available"] as? [String] == KernelSet.available.map(\.name))
    #expect(kernels["best"] as? String == KernelSet.available.first?.name)
    let missing = kernels["missing"] as? [[String: Any]] ?? []
    #expect(missing.map { $0["name"] as? String } == KernelSet.missing.map(\.name))
    #expect(missing.allSatisfy { ($0["lacks"] as? [String])?.isEmpty == false })
    let peaks = kernels["peaks"] as? [[String: Any]] ?? []
    #expect(peaks.map { $0["name"] as? String } == KernelSet.available.map(\.name))
    for peak in peaks {
      #expect((peak["gops"] as? Double ?? 0) > 0 && (peak["gops_1_thread"] as? Double ?? 0) > 0)
    }
    #expect(result["peak_gops"] as? Double == peaks.first?["gops"] as? Double)
    let cpu = result["cpu"] as? [String: Any] ?? [:]
    let allowed = try #require(cpu["allowed"] as? Int)
    #expect((1...(cpu["processors"] as? Int ?? 0)).contains(allowed))
    #expect((cpu["model"] as? String)?.isEmpty == false)
    let memory = result["memory"] as? [String: Any] ?? [:]
    #expect((memory["total_bytes"] as? Int ?? 0) > (memory["page_bytes"] as? Int ?? .max))
    let devices = try FileManager.default.contentsOfDirectory(atPath: "/dev")
      .filter { $0.hasPrefix("video") && Int($0.dropFirst(5)) != nil }
    #expect((result["video"] as? [[String: Any]])?.count == devices.count)
  }

  @Test func namesTheSetInUse() throws {
    let command = try Command(["doctor", "--json"], environment: ["SWIFTLET_KERNELS": "scalar"])
    let kernels = try command.object()["kernels"] as? [String: Any] ?? [:]
    #expect(kernels["selected"] as? String == "scalar")
    #expect(kernels["best"] as? String == KernelSet.available.first?.name)
    let unknown = try Command(["doctor"], environment: ["SWIFTLET_KERNELS": "none"])
    #expect(unknown.status == 1)
    #expect(unknown.errors.contains("no kernel set 'none'"))
  }

  @Test func peopleGetATable() throws {
    let command = try Command(["doctor", "--threads", "1"])
    for text in ["cpu", "governor", "memory", "int8 peak in GOPS", "scalar", "/dev/video"] {
      #expect(command.output.contains(text), "\(text)")
    }
  }
}
