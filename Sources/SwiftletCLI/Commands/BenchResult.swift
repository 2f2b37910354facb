import Swiftlet
import SwiftletLive
import SwiftletMeasuring
import SwiftletProgram

/// What `bench` found.
struct BenchResult: Encodable {
  var model: String
  var kernels: String
  var threads: Int
  var ms: Percentiles
  var arenaBytes: Int
  var weightsBytes: Int
  var preparedWeightsBytes: Int
  var peakRSSBytes: Int
  var loadMilliseconds: Double
  var macs: Int
  var gops: Double
  var peakGOPS: Double
  var logitsSHA256: String
  var profile: [ProfileEntry]?
  var profileByKind: [ProfileEntry]?
  /// What disturbed the measurement.
  var problems: [String]

  private enum CodingKeys: String, CodingKey {
    case model, kernels, threads, ms, macs, gops, profile, problems
    case arenaBytes = "arena_bytes"
    case weightsBytes = "weights_bytes"
    case preparedWeightsBytes = "prepared_weights_bytes"
    case peakRSSBytes = "peak_rss_bytes"
    case loadMilliseconds = "load_ms"
    case peakGOPS = "peak_gops"
    case logitsSHA256 = "logits_sha256"
    case profileByKind = "profile_by_kind"
  }

  /// `gops` counts two operations a multiply-add, at the median time. The peak is at least what the model has reached.
  init(
    model: String, session: borrowing Session, _ latency: Latency, loadMilliseconds: Double
  ) {
    let opened = session.model
    let program = opened.program
    self.model = model
    ms = latency.ms
    self.loadMilliseconds = loadMilliseconds
    problems = latency.problems
    let reached = zip(program.instructions, latency.instructionMilliseconds ?? []).map {
      Throughput.gops(macs: $0.body.macs(in: program), milliseconds: $1)
    }
    let best = Throughput.gops(macs: program.macs, milliseconds: ms.min)
    let peakGOPS = max(latency.peakGOPS, best, reached.max() ?? 0)
    self.peakGOPS = peakGOPS
    kernels = session.kernelSetName
    threads = session.threads
    arenaBytes = session.arenaBytes
    weightsBytes = opened.weightsBytes
    preparedWeightsBytes = session.preparedWeightsBytes
    peakRSSBytes = ProcessMemory.peakBytes
    macs = program.macs
    gops = Throughput.gops(macs: program.macs, milliseconds: ms.p50)
    logitsSHA256 = latency.logitsSHA256
    let entries = latency.instructionMilliseconds.map {
      ProfileEntry.list(of: program, milliseconds: $0, peakGOPS: peakGOPS)
    }
    profile = entries
    profileByKind = entries.map { ProfileEntry.sums(of: $0, peakGOPS: peakGOPS) }
  }

  var text: String {
    func number(_ value: Double) -> String { NumberText.fixed(value, 3) }
    var table = TextTable(leftColumns: [0, 1])
    table.add("kernels", "\(kernels), \(threads) thread\(threads == 1 ? "" : "s")")
    table.add(
      "latency",
      "\(number(ms.p50)) ms p50, \(number(ms.p90)) p90, \(number(ms.p99)) p99, \(number(ms.min)) min, \(number(ms.mean)) mean"
    )
    table.add(
      "speed",
      "\(NumberText.count(macs)) MACs, \(NumberText.fixed(gops, 1)) GOPS of \(NumberText.fixed(peakGOPS, 1)) peak (\(NumberText.percent(gops / peakGOPS)))"
    )
    table.add(
      "memory",
      "\(NumberText.bytes(weightsBytes)) weights, \(NumberText.bytes(preparedWeightsBytes)) prepared of them, \(NumberText.bytes(arenaBytes)) arena, \(NumberText.bytes(peakRSSBytes)) peak of the process"
    )
    table.add("load", "\(number(loadMilliseconds)) ms")
    table.add("logits", "sha256 \(logitsSHA256)")
    for problem in problems { table.add("problem", problem) }
    let tables = [profile, profileByKind].compactMap { $0.map(ProfileEntry.table) }
    return ([table] + tables).map(\.description).joined(separator: "\n\n")
  }
}
