import Swiftlet
package import SwiftletKernels
import SwiftletProgram

/// What `bench --gemm` found.
package struct GEMMResult: Encodable {
  package struct Entry: Encodable {
    package var kind: String
    package var epilogue: String
    package var rows: Int
    package var columns: Int
    /// Products of each element of the output.
    package var depth: Int
    package var macs: Int
    /// Medians; the share is that of the best sample of the peak, of all that are taken between the layers' rounds.
    package var ms: Double
    package var gops: Double
    package var peakShare: Double

    private enum CodingKeys: String, CodingKey {
      case kind, epilogue, rows, columns, depth, macs, ms, gops
      case peakShare = "peak_share"
    }
  }

  package var kernels: String
  package var threads: Int
  /// The median of all rounds, or what a layer has reached.
  package var peakGOPS: Double
  package var gemm: [Entry]
  /// What disturbed the measurement.
  package var problems: [String]

  private enum CodingKeys: String, CodingKey {
    case kernels, threads, gemm, problems
    case peakGOPS = "peak_gops"
  }
}

/// Layers by themselves, through the same path as a model's, against the peak of the kernel set.
package enum GEMMBenchmark {
  /// The number of layers.
  package static var count: Int { KernelCase.all.count }

  /// Many and short, so that on a busy machine most are undisturbed.
  private static let rounds = 101
  /// Nanoseconds that a round runs a layer, at least.
  private static let roundNanoseconds: UInt64 = 300_000

  /// Measures all layers; `progress` is called after each.
  package static func run(
    on set: KernelSet, threads: Int, progress: () -> Void
  ) throws -> GEMMResult {
    let peak = PeakRate(of: set, seconds: Double(roundNanoseconds) / 1e9)
    let load = MachineLoad()
    var peaks: [Double] = []
    var entries = try KernelCase.all.map { layer in
      defer { progress() }
      return try measure(layer, on: set, threads: threads, peak: peak, peaks: &peaks)
    }
    // The best sample: what other work slows down is no peak.
    let best = max(peaks.max() ?? 0, entries.map(\.gops).max() ?? 0)
    for index in entries.indices { entries[index].peakShare = entries[index].gops / best }
    return GEMMResult(
      kernels: set.name, threads: threads, peakGOPS: best, gemm: entries,
      problems: load.problems(threads: threads, peaks: peaks))
  }

  /// Measures the peak and the layer by turns.
  private static func measure(
    _ layer: KernelCase, on set: KernelSet, threads: Int, peak: PeakRate, peaks: inout [Double]
  ) throws -> GEMMResult.Entry {
    let model = try layer.model()
    let instruction = model.program.instructions[0].body
    let macs = instruction.macs(in: model.program)
    var session = try Session(model: model, threads: threads, kernelSet: set)
    session.withInput(BenchmarkInput.fill)
    for _ in 0..<3 { session.run() }
    var times: [Double] = []
    for _ in 0..<rounds {
      peaks.append(peak.sample(on: &session))
      var nanoseconds: [UInt64] = [0, 0]
      var runs = 0
      while nanoseconds[0] < roundNanoseconds {
        nanoseconds.withUnsafeMutableBufferPointer { session.run(addingTo: $0) }
        runs += 1
      }
      let milliseconds = Double(nanoseconds[0]) / 1e6 / Double(runs)
      times.append(milliseconds)
    }
    let (rows, columns, depth) = layer.extents
    return .init(
      kind: instruction.kind, epilogue: layer.epilogue.rawValue, rows: rows, columns: columns,
      depth: depth, macs: macs, ms: median(times),
      gops: Throughput.gops(macs: macs, milliseconds: median(times)), peakShare: 0)
  }

  private static func median(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.sorted()[values.count / 2]
  }
}
