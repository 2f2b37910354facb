import ArgumentParser
import Swiftlet
import SwiftletCamera
import SwiftletImaging
import SwiftletLive
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
    stop.requestOnSignals()
    let pipeline = LivePipeline(
      try opened.make(threads.count), form: opened.form, sinks: [sink])
    do {
      let source = try makeSource(for: opened.form.preprocessing, stop: stop, pipeline)
      noteOtherSize(source.information, pipeline)
      try pipeline.run(
        source, model: model, stop: stop, keepsEveryFrame: keepsEveryFrame, frames: frames,
        top: top)
    } catch let error as CaptureError where error.isLost {
      Console.report("\(error)")
      throw ExitCode(3)
    }
  }

  private var sink: any Sink {
    if output.json { return JSONSink() }
    return Console.isDrawable(STDOUT_FILENO) ? TerminalSink() : TextSink() as any Sink
  }

  private var keepsEveryFrame: Bool { everyFrame || (device == nil && source != "-") }

  /// A driver may have other sizes than the one that was asked for.
  private func noteOtherSize(_ source: SourceInformation, _ pipeline: LivePipeline) {
    guard let size, let width = source.width, let height = source.height,
      (width, height) != (size.width, size.height)
    else { return }
    pipeline.note(
      "\(source.name): gives \(width)x\(height) where \(size.width)x\(size.height) was asked for")
  }

  private func makeSource(
    for target: Preprocessing, stop: StopRequest, _ pipeline: LivePipeline
  ) throws -> any FrameSource {
    let size = size.map { (width: $0.width, height: $0.height) }
    if let device {
      return try CameraSource(
        device: device, for: target, format: format?.format, size: size,
        keepsEveryFrame: everyFrame, stop: stop
      ) { pipeline.note($0, isRepeated: true) }
    }
    let path = source == "-" ? nil : source
    if let path, path.hasPrefix("/dev/video") || path.hasPrefix("/dev/v4l/") {
      throw CommandError("\(path): a camera is no file of frames: use --device \(path)")
    }
    if let path, FileAccess.isFolder(path) {
      guard size == nil, format == nil else {
        throw CommandError(
          "\(path): a folder's images say what they are; leave --size and --format out")
      }
      return try FolderSource(folder: path, turnsUpright: contract.turnsUpright, stop: stop) {
        pipeline.note($0)
      }
    }
    return try StreamSource(
      path: path, format: format?.format, size: size, bytesPerLine: bytesPerLine ?? 0,
      keepsEveryFrame: keepsEveryFrame, stop: stop
    ) { pipeline.note($0, isRepeated: true) }
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
