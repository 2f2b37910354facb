import ArgumentParser
import Swiftlet
import SwiftletCamera
import SwiftletProgram

/// How fast a model runs here.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure a model's latency.",
    discussion: """
      The input is pseudo-random and the same everywhere, so that logits_sha256 (of the int16 logits, little-endian) can \
      be compared between machines, kernel sets and numbers of threads.
      """)

  @Argument(help: "A .swiftlet file.")
  var model: String

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

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard warmup >= 0 else { throw ValidationError("--warmup must be at least 0") }
    guard runs > 0 else { throw ValidationError("--runs must be at least 1") }
    guard (0...86400).contains(minSeconds) else {
      throw ValidationError("--min-seconds must be 0 to 86400")
    }
  }

  func run() throws {
    guard try ModelFormat(of: model) == .swiftlet else {
      throw CommandError("\(model): bench measures .swiftlet files; convert the model first")
    }
    let start = monotonicNanoseconds()
    let opened = try Model(contentsOf: model)
    var session = try Session(model: opened, threads: threads.count, kernels: kernels)
    let loaded = monotonicNanoseconds()

    session.withInput(BenchmarkInput.fill)
    for _ in 0..<warmup { session.run() }
    guard let ms = Percentiles(nanoseconds: measure(&session)) else { return }
    let logits = session.logits
    let times = profile ? try instructionTimes(&session) : nil
    let result = BenchResult(
      model: model, session: session, ms: ms, logits: logits,
      loadMilliseconds: Double(loaded - start) / 1e6, peakGOPS: try PeakRate.gops(of: &session),
      profileMilliseconds: times)
    guard !output.json else { return try JSONOutput.print(result) }
    print(result.text)
  }

  /// The time of each run.
  private func measure(_ session: inout Session) -> [UInt64] {
    var times: [UInt64] = []
    let start = monotonicNanoseconds()
    var now = start
    while times.count < runs || Double(now - start) < minSeconds * 1e9 {
      session.run()
      let end = monotonicNanoseconds()
      times.append(end - now)
      now = end
    }
    return times
  }

  /// The mean time of each instruction, in milliseconds.
  private func instructionTimes(_ session: inout Session) throws -> [Double] {
    var sums = [UInt64](repeating: 0, count: session.model.program.instructions.count)
    for _ in 0..<runs {
      sums.withUnsafeMutableBufferPointer { session.run(addingTo: $0) }
    }
    return sums.map { Double($0) / 1e6 / Double(runs) }
  }
}

/// The input of every benchmark: the top bytes of a 64-bit xorshift generator (13, 7, 17) that starts at
/// 0x5377_6966_746C_6574 ("Swiftlet").
enum BenchmarkInput {
  static func fill(_ input: UnsafeMutableBufferPointer<Int8>) {
    var state: UInt64 = 0x5377_6966_746C_6574
    for index in input.indices {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      input[index] = Int8(truncatingIfNeeded: state >> 56)
    }
  }
}
