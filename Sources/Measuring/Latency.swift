package import Swiftlet
import SwiftletKernels
import SwiftletProgram

/// How long a model takes on `BenchmarkInput`, measured by turns with the peak of its kernel set: so both are of the same machine.
package struct Latency {
  /// Of whole runs.
  package let ms: Percentiles
  /// What tells that two machines compute the same.
  package let logitsSHA256: String
  /// The best sample of the peak, in billions of operations a second.
  package let peakGOPS: Double
  /// The median of each instruction; nil where it was not asked for.
  package let instructionMilliseconds: [Double]?
  /// What disturbed the measurement.
  package let problems: [String]

  /// So many runs give an instruction's median.
  private static let profiledRuns = 1000

  /// Runs a session `warmup` times, and then at least `runs` times (1 or more) and for `seconds`.
  package init(
    of session: inout Session, warmup: Int, runs: Int, seconds: Double, profiles: Bool
  ) {
    session.withInput(BenchmarkInput.fill)
    for _ in 0..<warmup { session.run() }
    let load = MachineLoad()
    var peaks = Peaks(of: session.kernelSet)
    ms = Self.times(&session, &peaks, runs: runs, seconds: seconds)
    logitsSHA256 = session.logitsSHA256
    instructionMilliseconds =
      profiles ? Self.medians(&session, &peaks, runs: min(runs, Self.profiledRuns)) : nil
    peakGOPS = peaks.samples.max() ?? 0
    problems = load.problems(threads: session.threads, peaks: peaks.samples)
  }

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

  private static func times(
    _ session: inout Session, _ peaks: inout Peaks, runs: Int, seconds: Double
  ) -> Percentiles {
    var times: [UInt64] = []
    let start = monotonicNanoseconds()
    while true {
      peaks.sample(on: &session)
      let before = monotonicNanoseconds()
      session.run()
      times.append(monotonicNanoseconds() - before)
      let isEnough =
        times.count >= runs && Double(monotonicNanoseconds() - start) >= seconds * 1e9
      guard isEnough, let result = Percentiles(nanoseconds: times) else { continue }
      peaks.complete(on: &session)
      return result
    }
  }

  private static func medians(
    _ session: inout Session, _ peaks: inout Peaks, runs: Int
  ) -> [Double] {
    let count = session.model.program.instructions.count
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
