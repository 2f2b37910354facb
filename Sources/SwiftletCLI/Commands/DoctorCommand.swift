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
