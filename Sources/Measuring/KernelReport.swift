import Swiftlet
import SwiftletKernels

/// The kernel sets of this binary.
package struct KernelReport: Encodable {
  package struct Missing: Encodable {
    package var name: String
    /// The CPU features that it needs and does not find.
    package var lacks: [String]
  }

  /// What a set reaches.
  package struct Peak: Encodable {
    package var name: String
    /// On one thread.
    package var single: Double
    /// On all threads.
    package var gops: Double

    private enum CodingKeys: String, CodingKey {
      case name, gops
      case single = "gops_1_thread"
    }
  }

  /// Names, best first.
  package let available: [String]
  package let missing: [Missing]
  package let best: String
  /// What models run on if nobody says otherwise: the best, or what SWIFTLET_KERNELS names.
  package let selected: String
  package let peaks: [Peak]

  /// Measures every set that runs here; the samples are the best set's on one thread.
  package static func measured(threads: Int) throws -> (report: KernelReport, samples: [Double]) {
    let pools = (one: try WorkerPool(threads: 1), all: try WorkerPool(threads: threads))
    var samples: [[Double]] = []
    func best(_ peak: PeakRate, on pool: WorkerPool) -> Double {
      samples.append(
        PeakRate.samples(200) {
          peak.sample(threads: pool.threads) { pool.runOnEveryThread($0, $1) }
        })
      return samples[samples.count - 1].max() ?? 0
    }
    let sets = KernelSet.available
    let report = KernelReport(
      available: sets.map(\.name),
      missing: KernelSet.missing.map { Missing(name: $0.name, lacks: $0.features) },
      best: sets[0].name, selected: try KernelSet.selected().name,
      peaks: sets.map { set in
        let peak = PeakRate(of: set)
        let single = best(peak, on: pools.one)
        return Peak(
          name: set.name, single: single,
          gops: threads == 1 ? single : best(peak, on: pools.all))
      })
    return (report, samples[0])
  }
}
