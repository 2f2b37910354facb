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

  /// So many runs give an instruction's median.
  private static let profiledRuns = 1000

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
      gemm: gemm
        ? try GEMMBenchmark.run(
          on: kernels.map(KernelSet.named) ?? KernelSet.selected(), threads: threads.count,
          showsProgress: !output.json) : nil)
    guard !output.json else { return try JSONOutput.print(result) }
    print(result.text)
  }

  private func measure(_ path: String) throws -> BenchResult {
    guard try ModelFormat(of: path) == .swiftlet else {
      throw CommandError("\(path): bench measures .swiftlet files; convert the model first")
    }
    let start = monotonicNanoseconds()
    let opened = try Model(contentsOf: path)
    var session = try Session(model: opened, threads: threads.count, kernels: kernels)
    let loaded = monotonicNanoseconds()

    session.withInput(BenchmarkInput.fill)
    for _ in 0..<warmup { session.run() }
    let load = MachineLoad()
    var peaks = Peaks(of: try KernelSet.named(session.kernelSetName))
    guard let ms = Percentiles(nanoseconds: times(&session, &peaks)) else {
      throw CommandError("\(path): nothing was measured")
    }
    let logitsSHA256 = session.logitsSHA256
    let medians = profile ? instructionMedians(&session, &peaks) : nil
    return BenchResult(
      model: path, session: session, ms: ms, logitsSHA256: logitsSHA256,
      loadMilliseconds: Double(loaded - start) / 1e6,
      measuredPeakGOPS: peaks.samples.max() ?? 0, instructionMilliseconds: medians,
      problems: load.problems(threads: session.threads, peaks: peaks.samples))
  }

  /// The peak, measured by turns with the model: so both are of the same machine.
  private struct Peaks {
    private static let interval: UInt64 = 20_000_000
    private static let fewest = 40

    private let rate: PeakRate
    private(set) var samples: [Double] = []
    private var last: UInt64 = 0

    init(of set: KernelSet) { rate = PeakRate(of: set) }

    /// Takes a sample if the last one is old.
    mutating func sample(on session: inout Session) {
      guard monotonicNanoseconds() - last >= Self.interval else { return }
      samples.append(rate.sample(on: &session))
      last = monotonicNanoseconds()
    }

    /// Takes what is missing behind a short measurement.
    mutating func complete(on session: inout Session) {
      while samples.count < Self.fewest { samples.append(rate.sample(on: &session)) }
    }
  }

  /// The time of each run.
  private func times(_ session: inout Session, _ peaks: inout Peaks) -> [UInt64] {
    var times: [UInt64] = []
    let start = monotonicNanoseconds()
    while times.count < runs || Double(monotonicNanoseconds() - start) < minSeconds * 1e9 {
      peaks.sample(on: &session)
      let before = monotonicNanoseconds()
      session.run()
      times.append(monotonicNanoseconds() - before)
    }
    peaks.complete(on: &session)
    return times
  }

  /// The median time of each instruction, in milliseconds.
  private func instructionMedians(_ session: inout Session, _ peaks: inout Peaks) -> [Double] {
    let count = session.model.program.instructions.count
    let runs = min(runs, Self.profiledRuns)
    var times = [UInt64](repeating: 0, count: runs * count)
    times.withUnsafeMutableBufferPointer { times in
      for run in 0..<runs {
        peaks.sample(on: &session)
        session.run(addingTo: .init(rebasing: times[run * count..<(run + 1) * count]))
      }
    }
    return (0..<count).map { index in
      let own = (0..<runs).map { times[$0 * count + index] }
      return Percentiles(nanoseconds: own)?.p50 ?? 0
    }
  }
}
