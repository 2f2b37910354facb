import ArgumentParser
import Swiftlet
import SwiftletKernels
import SwiftletLive
import SwiftletMeasuring
import SwiftletProgram

/// How fast a model runs here.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure a model's latency, or the kernels themselves.",
    discussion: """
      The input is pseudo-random and the same everywhere, so that logits_sha256 (of the int16 logits, little-endian) can \
      be compared between machines, kernel sets and numbers of threads. --gemm needs no model: it measures matrix \
      products and depthwise convolutions with their epilogues, in the shapes of small hybrids, against the peak of the \
      kernel set's multiply-accumulate instructions, the two by turns.
      """)

  @Argument(help: "A .swiftlet file.")
  var model: String?

  @Option(help: "Runs before measuring.")
  var warmup = 10

  @Option(help: "Runs to measure, at least.")
  var runs = 100

  @Option(help: "Seconds to measure, at least.")
  var minSeconds = 1.0

  @Option(help: "The kernel set: scalar, avx2 ... (default: the best that runs here).")
  var kernels: String?

  @Flag(help: "Show the time of each instruction.")
  var profile = false

  @Flag(help: "Measure matrix products in the shapes of small hybrids.")
  var gemm = false

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard model != nil || gemm else {
      throw ValidationError("name a .swiftlet file, or give --gemm")
    }
    guard model != nil || !profile else {
      throw ValidationError("--profile needs a .swiftlet file")
    }
    guard warmup >= 0 else { throw ValidationError("--warmup must be at least 0") }
    guard runs > 0 else { throw ValidationError("--runs must be at least 1") }
    guard (0...86400).contains(minSeconds) else {
      throw ValidationError("--min-seconds must be 0 to 86400")
    }
  }

  /// What was asked for, as one object.
  private struct Result: Encodable {
    var model: BenchResult?
    var gemm: GEMMResult?

    func encode(to encoder: any Encoder) throws {
      try gemm?.encode(to: encoder)
      try model?.encode(to: encoder)
    }

    var text: String {
      [model?.text, gemm?.text].compactMap { $0 }.joined(separator: "\n\n")
    }
  }

  func run() throws {
    let result = Result(
      model: try model.map(measure),
      gemm: gemm ? try measureLayers() : nil)
    guard !output.json else { return try JSONOutput.print(result) }
    print(result.text)
  }

  private func measureLayers() throws -> GEMMResult {
    let progress = output.progress("Measuring", GEMMBenchmark.count)
    defer { progress.finish() }
    return try GEMMBenchmark.run(
      on: kernels.map(KernelSet.named) ?? KernelSet.selected(), threads: threads.count,
      progress: progress.advance)
  }

  private func measure(_ path: String) throws -> BenchResult {
    guard try ModelFormat(of: path) == .swiftlet else {
      throw CommandError("\(path): bench measures .swiftlet files; convert the model first")
    }
    let start = monotonicNanoseconds()
    let opened = try Model(contentsOf: path)
    var session = try Session(model: opened, threads: threads.count, kernels: kernels)
    let loaded = monotonicNanoseconds()

    let latency = Latency(
      of: &session, warmup: warmup, runs: runs, seconds: minSeconds, profiles: profile)
    return BenchResult(
      model: path, session: session, latency, loadMilliseconds: Double(loaded - start) / 1e6)
  }
}
