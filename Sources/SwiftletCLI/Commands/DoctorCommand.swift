import ArgumentParser
import Swiftlet
import SwiftletKernels
import SwiftletLive
import SwiftletMeasuring

/// What this machine can do, and what keeps it from doing more.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Show what this machine can do: CPU, kernel sets, int8 peak, cameras.",
    discussion: """
      The int8 peak is what a kernel set's multiply-accumulate instructions reach on registers, in billions of \
      operations a second, two a product. Every problem comes with its remedy.
      """)

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let load = MachineLoad()
    let (kernels, peaks) = try KernelReport.measured(threads: threads.count)
    let report = DoctorReport(
      cpu: .current(), kernels: kernels, memory: .current(), video: try .current(),
      threads: threads.count, disturbances: load.problems(threads: threads.count, peaks: peaks))
    guard !output.json else { return try JSONOutput.print(report) }
    print(report.text)
  }
}

/// What `doctor` found.
struct DoctorReport: Encodable {
  let cpu: CPUReport
  let kernels: KernelReport
  /// Of the best set, on `threads` threads.
  let peakGOPS: Double
  let threads: Int
  let memory: MemoryReport
  let video: VideoReport
  /// What should be changed, and how.
  let problems: [String]

  private enum CodingKeys: String, CodingKey {
    case cpu, kernels, threads, memory, video, problems
    case peakGOPS = "peak_gops"
  }

  init(
    cpu: CPUReport, kernels: KernelReport, memory: MemoryReport, video: VideoReport, threads: Int,
    disturbances: [String]
  ) {
    self.cpu = cpu
    self.kernels = kernels
    self.memory = memory
    self.video = video
    self.threads = threads
    peakGOPS = kernels.peaks.first { $0.name == kernels.best }?.gops ?? 0
    problems = cpu.problems + disturbances + video.problems
  }

  var text: String {
    var table = TextTable(leftColumns: [0, 1])
    cpu.addRows(to: &table)
    memory.addRows(to: &table)
    var parts = ["\(table)", "\(kernels.table(threads: threads))", video.text]
    if !problems.isEmpty {
      var table = TextTable(leftColumns: [0, 1])
      for problem in problems { table.add("problem", problem) }
      parts.append("\(table)")
    }
    return parts.joined(separator: "\n\n")
  }
}

/// The kernel sets of this binary.
struct KernelReport: Encodable {
  struct Missing: Encodable {
    var name: String
    /// The CPU features that it needs and does not find.
    var lacks: [String]
  }

  /// What a set reaches.
  struct Peak: Encodable {
    var name: String
    /// On one thread.
    var single: Double
    /// On all threads.
    var gops: Double

    private enum CodingKeys: String, CodingKey {
      case name, gops
      case single = "gops_1_thread"
    }
  }

  /// Names, best first.
  let available: [String]
  let missing: [Missing]
  let best: String
  /// What models run on if nobody says otherwise: the best, or what SWIFTLET_KERNELS names.
  let selected: String
  let peaks: [Peak]

  /// Measures every set that runs here; the samples are the best set's on one thread.
  static func measured(threads: Int) throws -> (report: KernelReport, samples: [Double]) {
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
