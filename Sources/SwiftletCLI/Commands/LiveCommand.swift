import ArgumentParser
import SwiftletCamera

/// A stream of frames, classified as it comes.
struct LiveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "live", abstract: "Classify a stream of frames.",
    discussion: """
      Replays the images of a folder in the order of their paths. A folder's frames are never dropped; those that \
      cannot be decoded are skipped and counted.
      """)

  @Argument(help: "An .onnx or a .swiftlet file.")
  var model: String

  @Option(help: ArgumentHelp("A folder of images, at any depth.", valueName: "dir"))
  var source: String

  @Flag(help: "Drop no frame, however old it is (a folder's never are).")
  var everyFrame = false

  @Option(help: "Stop after so many frames.")
  var frames: Int?

  @Option(help: "Show so many classes.")
  var top = 5

  @OptionGroup var contract: ContractOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard frames ?? 1 > 0 else { throw ValidationError("--frames must be at least 1") }
    guard top > 0 else { throw ValidationError("--top must be at least 1") }
  }

  private struct FrameResult: Encodable {
    var frame: Int
    var sequence: Int
    var captureNanoseconds: UInt64
    var ageMilliseconds: Double
    var decodeMilliseconds: Double
    var preprocessMilliseconds: Double
    var inferMilliseconds: Double
    var totalMilliseconds: Double
    var top: [RankedClass]

    private enum CodingKeys: String, CodingKey {
      case frame, sequence, top
      case captureNanoseconds = "capture_ns"
      case ageMilliseconds = "age_ms"
      case decodeMilliseconds = "decode_ms"
      case preprocessMilliseconds = "preprocess_ms"
      case inferMilliseconds = "infer_ms"
      case totalMilliseconds = "total_ms"
    }
  }

  private struct Summary: Encodable {
    struct Content: Encodable {
      var frames: Int
      var skipped: Int
      var fps: Double
      var total: Percentiles

      private enum CodingKeys: String, CodingKey {
        case frames, skipped, fps
        case total = "total_ms"
      }
    }
    var summary: Content
  }

  func run() throws {
    let opened = try ClassifierModel(path: model, contract: contract)
    let classifier = try opened.make(threads.count)
    var stream = try FolderSource(folder: source) { Console.report("skipped: \($0)") }
    let start = monotonicNanoseconds()
    var totals: [UInt64] = []
    var unsuitable = 0
    while totals.count < frames ?? .max, let frame = stream.next() {
      let loadStart = monotonicNanoseconds()
      do {
        try classifier.load(frame.image)
      } catch {
        Console.report("skipped: frame \(frame.sequence): \(error)")
        unsuitable += 1
        continue
      }
      let inferStart = monotonicNanoseconds()
      let logits = try classifier.run()
      let end = monotonicNanoseconds()
      totals.append(end - frame.captureNanoseconds)
      let result = FrameResult(
        frame: totals.count - 1, sequence: frame.sequence,
        captureNanoseconds: frame.captureNanoseconds,
        ageMilliseconds: milliseconds(frame.captureNanoseconds, frame.decodeStartNanoseconds),
        decodeMilliseconds: milliseconds(
          frame.decodeStartNanoseconds, frame.decodeEndNanoseconds),
        preprocessMilliseconds: milliseconds(loadStart, inferStart),
        inferMilliseconds: milliseconds(inferStart, end),
        totalMilliseconds: milliseconds(frame.captureNanoseconds, end),
        top: opened.top(top, of: logits))
      try show(result)
    }
    guard let percentiles = Percentiles(nanoseconds: totals) else {
      throw CommandError("\(source): none of its \(stream.skipped + unsuitable) images can be used")
    }
    let seconds = Double(monotonicNanoseconds() - start) / 1e9
    try show(
      Summary(
        summary: .init(
          frames: totals.count, skipped: stream.skipped + unsuitable,
          fps: Double(totals.count) / seconds,
          total: percentiles)))
  }

  private func milliseconds(_ start: UInt64, _ end: UInt64) -> Double {
    Double(end - start) / 1e6
  }

  private func show(_ result: FrameResult) throws {
    guard !output.json else { return try JSONOutput.print(result) }
    let best = result.top.map { "\($0.label) \(NumberText.percent($0.score))" }.first ?? ""
    let total = NumberText.fixed(result.totalMilliseconds, 2)
    Console.printNow("frame \(result.frame)  \(total) ms  \(best)")
  }

  private func show(_ summary: Summary) throws {
    guard !output.json else { return try JSONOutput.print(summary) }
    let it = summary.summary
    print(
      "\(it.frames) frames, \(it.skipped) skipped, \(NumberText.fixed(it.fps, 1)) frames/s, "
        + "\(NumberText.fixed(it.total.p50, 2)) ms from capture to label (p50), "
        + "\(NumberText.fixed(it.total.p99, 2)) (p99)")
  }
}
