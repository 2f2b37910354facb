import ArgumentParser
import SwiftletCamera
import SwiftletImaging
import SwiftletProgram

#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A stream of frames, classified as it comes.
struct LiveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "live",
    abstract: "Classify a stream of frames: a camera, a folder, a file, the standard input.",
    discussion: """
      Of a camera and of the standard input the newest frame is classified, and those that it overtook are counted as stale. \
      The images of a folder, in the order of their paths, and the frames of a file are never dropped. Frames that cannot be \
      decoded are skipped and counted.

      A file or the standard input holds JPEG files one after the other, or raw frames of --size and --format. A folder's \
      images become what 'classify' makes of them; frames of streams are resampled in one pass, in which a pixel may differ \
      by a step or two, and JPEG frames are reduced while they are decoded, which may change single pixels by more.

      With --json each frame is an object on a line of its own; the last line holds the summary.

      SIGINT (Ctrl-C) and SIGTERM end the stream; the summary is printed. The exit status is 3 where a device is lost.
      """)

  @Argument(help: "An .onnx or a .swiftlet file.")
  var model: String

  @Option(
    help: ArgumentHelp("A camera: /dev/video0 ('swiftlet doctor' lists them).", valueName: "path"))
  var device: String?

  @Option(
    help: ArgumentHelp(
      "A folder of images, at any depth; a file of frames; or -, the standard input.",
      valueName: "path"))
  var source: String?

  @Flag(help: "Drop no frame, however old it is (a folder's and a file's never are).")
  var everyFrame = false

  @Option(help: "Stop after so many frames, behind which the summary counts nothing.")
  var frames: Int?

  @Option(
    help: ArgumentHelp(
      "Width and height of frames (camera: default the smallest that the model needs).",
      valueName: "WxH"))
  var size: FrameSize?

  @Option(
    help: ArgumentHelp(
      "How frames lay out their pixels: \(FrameFormat.all.map(\.name).joined(separator: ", ")) (camera: default the cheapest).",
      valueName: "name"))
  var format: FormatName?

  @Option(
    help: ArgumentHelp(
      "Bytes from row to row of raw frames, of the first plane (default: nothing lies between rows).",
      valueName: "n"))
  var bytesPerLine: Int?

  @Option(help: "Show so many classes.")
  var top = 5

  @OptionGroup var contract: ContractOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard frames ?? 1 > 0 else { throw ValidationError("--frames must be at least 1") }
    guard top > 0 else { throw ValidationError("--top must be at least 1") }
    guard (device == nil) != (source == nil) else {
      throw ValidationError("give either --device or --source")
    }
    guard bytesPerLine == nil || (source != nil && size != nil) else {
      throw ValidationError(
        "--bytes-per-line is of raw frames: it needs --source, --size and --format")
    }
    guard bytesPerLine ?? 1 > 0 else {
      throw ValidationError("--bytes-per-line must be at least 1")
    }
    guard source != nil else { return }
    guard let format = format?.format else {
      guard size == nil else {
        throw ValidationError("--size needs --format: \(FrameFormat.namesOfRaw)")
      }
      return
    }
    guard format.isCompressed == (size == nil) else {
      throw ValidationError(
        format.isCompressed
          ? "--size: the frames of \(format.name) say themselves how large they are"
          : "--format \(format.name) needs --size WIDTHxHEIGHT")
    }
  }

  func run() throws {
    let opened = try ClassifierModel(path: model, contract: contract)
    let stop = try StopRequest()
    StopSignals.install(stop)
    let classifier = try opened.make(threads.count)
    let report = LiveReport(style: output.json ? .json : .text, classes: top)
    let source = try makeSource(target: opened.target, stop: stop, report: report)
    report.begin(model: model, source: source.information)
    noteOtherSize(source.information, report)
    let exchange = FrameExchange(
      inputCount: opened.target.inputCount, keepsEveryFrame: keepsEveryFrame)
    let capture = try CaptureThread(
      source: source, exchange: exchange, stop: stop,
      limit: keepsEveryFrame ? frames ?? .max : .max)
    var statistics = LiveStatistics()
    var last: PreparedFrame?
    let problem = Result {
      while statistics.frames < frames ?? .max, let frame = exchange.take(returning: last) {
        last = frame
        let start = monotonicNanoseconds()
        try classifier.load(frame)
        let logits = try classifier.run()
        let end = monotonicNanoseconds()
        statistics.add(frame, inferStart: start, end: end)
        try report.show(
          LiveFrame(
            frame, number: statistics.frames - 1, inferStart: start, end: end,
            top: opened.top(top, of: logits)),
          statistics, frame.counts)
      }
    }
    var ending = Result { () throws(CaptureError) in try capture.end() }
    _ = try problem.get()
    var counts = source.counts
    counts.stale += exchange.stale
    // The stream is over with the last frame asked for, though its source went on until it was told.
    if statistics.frames == frames, let last { (counts, ending) = (last.counts, .success(())) }
    if case .failure(let error) = ending, !error.isLost, statistics.frames == 0 { throw error }
    if source.information.kind != .device, statistics.frames == 0, !StopSignals.wereRaised {
      throw CommandError(
        "\(source.information.name): none of its \(counts.skipped) frames can be used")
    }
    try report.end(LiveSummary(source.information, statistics, counts), statistics, counts)
    try rethrow(ending)
  }

  private var keepsEveryFrame: Bool { everyFrame || (device == nil && source != "-") }

  /// A driver may have other sizes than the one that was asked for.
  private func noteOtherSize(_ source: SourceInformation, _ report: LiveReport) {
    guard let size, let width = source.width, let height = source.height,
      (width, height) != (size.width, size.height)
    else { return }
    report.note(
      "\(source.name): gives \(width)x\(height) where \(size.width)x\(size.height) was asked for")
  }

  private func rethrow(_ ending: Result<Void, CaptureError>) throws {
    guard case .failure(let error) = ending else { return }
    throw error.isLost ? Self.lost("\(error)") : error
  }

  /// Says that a device is gone; returns the exit status that stands for it.
  private static func lost(_ message: String) -> any Error {
    Console.report(message)
    return ExitCode(3)
  }

  private func makeSource(
    target: Preprocessing, stop: StopRequest, report: LiveReport
  ) throws -> any FrameSource {
    let size = size.map { (width: $0.width, height: $0.height) }
    if let device {
      return try makeCamera(device, target: target, stop: stop, report: report)
    }
    let path = source == "-" ? nil : source
    if let path, path.hasPrefix("/dev/video") || path.hasPrefix("/dev/v4l/") {
      throw CommandError("\(path): a camera is no file of frames: use --device \(path)")
    }
    if let path, FileTree.isFolder(path) {
      guard size == nil, format == nil else {
        throw CommandError(
          "\(path): a folder's images say what they are; leave --size and --format out")
      }
      return try FolderSource(
        folder: path, target: target, turnsUpright: contract.turnsUpright, stop: stop
      ) { report.note($0) }
    }
    return try StreamSource(
      path: path, format: format?.format, size: size, bytesPerLine: bytesPerLine ?? 0,
      target: target, keepsEveryFrame: keepsEveryFrame, stop: stop
    ) { report.note($0, limited: true) }
  }

  private func makeCamera(
    _ path: String, target: Preprocessing, stop: StopRequest, report: LiveReport
  ) throws -> CameraSource {
    func remedy(_ error: SystemCallError) -> String {
      error.code == ENOTTY
        ? "; this is no video device: swiftlet doctor lists them"
        : error.remedy(path: path, access: FileAccessRights(path: path))
    }
    do {
      let node = try OpenVideoNode(path: path)
      let mode = try CaptureMode.cheapest(
        of: try VideoDevice(node), path: path, target: target, format: format?.format,
        size: size.map { ($0.width, $0.height) })
      return try CameraSource(
        path: path, node: node, mode: mode, target: target, keepsEveryFrame: everyFrame, stop: stop,
        onNote: { report.note($0, limited: true) })
    } catch let error as SystemCallError {
      throw CommandError("\(path): \(error)\(remedy(error))")
    } catch let error as CaptureError {
      guard let system = error.system else { throw error }
      let message = "\(error)\(remedy(system))"
      guard error.isLost else { throw CommandError(message) }
      throw Self.lost(message)
    }
  }
}

/// A size as 640x480.
struct FrameSize: ExpressibleByArgument {
  let width, height: Int

  init?(argument: String) {
    let sides = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false)
    guard sides.count == 2, let width = Int(sides[0]), let height = Int(sides[1]),
      (1...FrameLayout.sideLimit).contains(width), (1...FrameLayout.sideLimit).contains(height)
    else { return nil }
    (self.width, self.height) = (width, height)
  }
}

/// A frame format by its name.
struct FormatName: ExpressibleByArgument {
  let format: FrameFormat

  init?(argument: String) {
    guard let format = FrameFormat.named(argument) else { return nil }
    self.format = format
  }
}
