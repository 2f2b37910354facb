import Foundation
import SwiftletKernels
import Testing

@Suite struct BenchTests {
  @Test func benchGivesOneHashOnEverySetAndThreadCount() throws {
    let fixture = try Fixture.shared.get()
    let short = ["--runs", "2", "--warmup", "0", "--min-seconds", "0", "--json"]
    var hashes: Set<String> = []
    for set in KernelSet.available.map(\.name) {
      for threads in [1, 2] {
        let arguments = ["bench", fixture.int8, "--threads", "\(threads)"] + short
        let byFlag = try Command(arguments + ["--kernels", set]).object()
        let byEnvironment = try Command(arguments, environment: ["SWIFTLET_KERNELS": set]).object()
        for result in [byFlag, byEnvironment] {
          #expect(
            Set(result.keys) == [
              "model", "kernels", "threads", "ms", "arena_bytes", "weights_bytes",
              "prepared_weights_bytes", "peak_rss_bytes", "load_ms", "macs", "gops", "peak_gops",
              "logits_sha256",
              "problems",
            ])
          #expect(result["kernels"] as? String == set)
          #expect(result["threads"] as? Int == threads)
          let ms = result["ms"] as? [String: Double] ?? [:]
          #expect(Set(ms.keys) == ["p50", "p90", "p99", "min", "mean"])
          for key in ["peak_rss_bytes", "macs", "arena_bytes", "weights_bytes", "peak_gops"] {
            #expect((result[key] as? NSNumber)?.doubleValue ?? 0 > 0, "\(key)")
          }
          hashes.insert(result["logits_sha256"] as? String ?? "")
        }
      }
    }
    #expect(hashes.count == 1)
    #expect(hashes.first?.count == 64)
    let unknown = try Command(
      ["bench", fixture.int8] + short, environment: ["SWIFTLET_KERNELS": "none"])
    #expect(unknown.status == 1)
    #expect(unknown.errors.contains("no kernel set 'none'"))
  }

  @Test func profilesEveryInstruction() throws {
    let fixture = try Fixture.shared.get()
    let arguments =
      ["bench", fixture.int8, "--profile", "--runs", "3", "--warmup", "0", "--min-seconds", "0"]
      + ["--threads", "1"]
    let result = try Command(arguments + ["--json"]).object()
    let steps = result["profile"] as? [[String: Any]] ?? []
    let inspected = try Command(["inspect", fixture.int8, "--json"]).object()
    let program = inspected["program"] as? [String: Any]
    #expect(!steps.isEmpty)
    #expect(steps.count == (program?["instructions"] as? [Any])?.count)
    #expect(steps.compactMap { $0["index"] as? Int } == Array(steps.indices))
    let figures: Set = ["kind", "ms", "macs", "gops", "time_share", "peak_share"]
    for step in steps {
      #expect(Set(step.keys) == figures.union(["index", "name", "output"]))
      let output = step["output"] as? [String: Any] ?? [:]
      #expect(Set(output.keys) == ["name", "type", "shape"])
    }
    let kinds = result["profile_by_kind"] as? [[String: Any]] ?? []
    #expect(kinds.allSatisfy { Set($0.keys) == figures.union(["instructions"]) })
    #expect(Set(kinds.map { $0["kind"] as? String }) == Set(steps.map { $0["kind"] as? String }))
    func sum(_ rows: [[String: Any]], _ key: String) -> Double {
      rows.reduce(0) { $0 + (($1[key] as? NSNumber)?.doubleValue ?? .nan) }
    }
    #expect(sum(steps, "macs") == (inspected["macs"] as? NSNumber)?.doubleValue)
    #expect(sum(kinds, "macs") == sum(steps, "macs"))
    #expect(sum(kinds, "instructions") == Double(steps.count))
    for rows in [steps, kinds] { #expect(abs(sum(rows, "time_share") - 1) < 1e-9) }
    let peak = try #require(result["peak_gops"] as? Double)
    for step in steps {
      let (ms, macs) = (step["ms"] as? Double ?? 0, step["macs"] as? Double ?? -1)
      let gops = try #require(step["gops"] as? Double)
      #expect(abs(gops * ms * 1e6 - 2 * macs) <= 1e-6 * macs)
      #expect(abs((step["peak_share"] as? Double ?? -1) - gops / peak) < 1e-9)
    }
    let text = try Command(arguments)
    #expect(text.output.contains("of peak") && text.output.contains("attention"))
    #expect(text.output.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(text.output)")
  }

  @Test func measuresLayersWithoutAModel() throws {
    for set in KernelSet.available.prefix(1).map(\.name) {
      let arguments = ["bench", "--gemm", "--threads", "2", "--kernels", set]
      let result = try Command(arguments + ["--json"]).object()
      #expect(Set(result.keys) == ["kernels", "threads", "peak_gops", "gemm", "problems"])
      #expect(result["kernels"] as? String == set && result["threads"] as? Int == 2)
      let layers = result["gemm"] as? [[String: Any]] ?? []
      for layer in layers {
        #expect(
          Set(layer.keys) == [
            "kind", "epilogue", "rows", "columns", "depth", "macs", "ms", "gops", "peak_share",
          ])
        let extents = ["rows", "columns", "depth"].compactMap { layer[$0] as? Int }
        #expect(extents.reduce(1, *) == layer["macs"] as? Int)
        #expect((0...1).contains(layer["peak_share"] as? Double ?? 0))
      }
      let shapes = Set(
        layers.filter { $0["kind"] as? String == "linear" }.map { layer in
          ["rows", "columns", "depth"].compactMap { layer[$0] as? Int }
        })
      #expect(
        shapes == [
          [197, 576, 192], [197, 192, 192], [197, 768, 192], [197, 192, 768], [3136, 192, 64],
        ])
      let epilogues = Set(layers.compactMap { $0["epilogue"] as? String })
      #expect(epilogues == ["int8", "int8 table", "int8 residual", "int16 residual"])
    }
    let unknown = try Command(["bench", "--gemm", "--kernels", "none"])
    #expect(unknown.status == 1 && unknown.errorLines.count == 1)
    #expect(unknown.errors.contains("no kernel set 'none'"))
  }
}
