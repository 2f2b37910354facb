import CSwiftletTestSupport
import Foundation
import Glibc
import Testing

/// Streams besides a folder's images, and how they end.
@Suite struct LiveTests {
  static let side = Fixture.side
  static let raw = ["--format", "grey", "--size", "\(side)x\(side)"]

  /// The grey bytes of an image of `Fixture`.
  static func frame(_ seed: Int) -> [UInt8] { Array(Fixture.image(seed).suffix(side * side)) }

  static func scores(_ object: [String: Any]) -> [Double] {
    (object["top"] as? [[String: Any]] ?? []).compactMap { $0["score"] as? Double }
  }

  /// What `classify` says of the images of these seeds.
  static func classified(_ seeds: [Int], _ folder: TemporaryFolder) throws -> [[Double]] {
    let paths = try seeds.map { try folder.write(Fixture.image($0), to: "classify/\($0).pgm") }
    let model = try Fixture.shared.get().int8
    let result = try Command(["classify", model, "--json"] + paths).object()
    return (result["images"] as? [[String: Any]] ?? []).map(scores)
  }

  /// The frames and the summary.
  static func lines(_ command: Command) throws -> (frames: [[String: Any]], summary: [String: Any])
  {
    var lines = try command.objects()
    let summary = lines.popLast()?["summary"] as? [String: Any] ?? [:]
    return (lines, summary)
  }

  @Test func rawFramesOfAFileAndOfTheStandardInput() throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    let seeds = Array(0..<12)
    let bytes = seeds.flatMap(Self.frame)
    let file = try folder.write(bytes + [1, 2, 3], to: "frames.grey")
    let expected = try Self.classified(seeds, folder)
    // Frames of the model's size are not resampled, so they give the very scores of the images.
    for command in [
      try Command(["live", fixture.int8, "--source", file, "--json"] + Self.raw),
      try Command(
        ["live", fixture.int8, "--source", "-", "--every-frame", "--json"] + Self.raw,
        input: bytes + [1, 2, 3]),
    ] {
      #expect(command.status == 0 && command.errorLines.count == 1, "\(command.errors)")
      #expect(command.errors.contains("frame 12: a frame of 3 bytes"))
      let (frames, summary) = try Self.lines(command)
      #expect(frames.map(Self.scores) == expected)
      #expect(frames.compactMap { $0["sequence"] as? Int } == seeds)
      #expect(summary["frames"] as? Int == 12 && summary["skipped"] as? Int == 1)
      #expect(summary["stale"] as? Int == 0)
      let source = summary["source"] as? [String: Any] ?? [:]
      #expect(source["format"] as? String == "grey" && source["width"] as? Int == Self.side)
      #expect(source["exact"] as? Bool == false)
    }
    let three = try Command(
      ["live", fixture.int8, "--source", file, "--json", "--frames", "3"] + Self.raw)
    #expect(try Self.lines(three).frames.map(Self.scores) == Array(expected[..<3]))
    #expect(three.errors.isEmpty)
  }

  @Test func theStandardInputKeepsTheNewest() throws {
    let fixture = try Fixture.shared.get()
    let bytes = (0..<200).flatMap(Self.frame)
    let command = try Command(
      ["live", fixture.int8, "--source", "-", "--json"] + Self.raw, input: bytes)
    let (frames, summary) = try Self.lines(command)
    #expect(frames.count < 200 && !frames.isEmpty)
    #expect(summary["stale"] as? Int == 200 - frames.count)
    // The last one is never overtaken.
    #expect(frames.last?["sequence"] as? Int == 199)
    let folder = try TemporaryFolder()
    #expect(try frames.last.map(Self.scores) == Self.classified([199], folder).first)
  }

  /// However far the capture is ahead.
  @Test func theSummaryEndsWithTheLastFrameAskedFor() throws {
    let fixture = try Fixture.shared.get()
    let bytes: [UInt8] = (0..<2000).flatMap { Self.frame($0 % 7) } + [1, 2, 3]
    let command = try Command(
      ["live", fixture.int8, "--source", "-", "--json", "--frames", "1"] + Self.raw, input: bytes)
    let (frames, summary) = try Self.lines(command)
    #expect(command.status == 0 && frames.count == 1 && summary["frames"] as? Int == 1)
    #expect(summary["stale"] as? Int == frames.first?["sequence"] as? Int)
    #expect(summary["skipped"] as? Int == 0)
  }

  @Test func jpegFramesOfAFileAndOfTheStandardInput() throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    let (image, _) = Fixture.plainJPEG
    let bytes = image + image + image.dropLast(5) + image
    let file = try folder.write(Array(bytes), to: "frames.mjpeg")
    let still = try folder.write(image, to: "image.jpg")
    let one = try Command(["classify", fixture.int8, still, "--json"]).object()
    let expected = (one["images"] as? [[String: Any]] ?? []).map(Self.scores)
    for (source, input) in [(file, nil), ("-", Array(bytes))] {
      let command = try Command(
        ["live", fixture.int8, "--source", source, "--every-frame", "--json"], input: input)
      #expect(command.status == 0)
      let (frames, summary) = try Self.lines(command)
      #expect(frames.map(Self.scores) == Array(repeating: expected[0], count: 3))
      #expect(frames.compactMap { $0["sequence"] as? Int } == [0, 1, 3])
      #expect(summary["skipped"] as? Int == 1)
    }
  }

  @Test func floatModelsTakeStreams() throws {
    let folder = try TemporaryFolder()
    let image = try folder.write(Fixture.image(3), to: "image.pgm")
    let frames = try folder.write(Self.frame(3), to: "frames")
    let arguments = Fixture.contract + ["--json"]
    let one = try Command(["classify", Fixture.onnx, image] + arguments).object()
    let live = try Command(["live", Fixture.onnx, "--source", frames] + Self.raw + arguments)
    let expected = (one["images"] as? [[String: Any]] ?? []).map(Self.scores)
    #expect(try Self.lines(live).frames.map(Self.scores) == expected)
  }

  /// A stream that would go on for ever.
  @Test(arguments: [SIGINT, SIGTERM]) func signalsEndTheStream(number: Int32) throws {
    let fixture = try Fixture.shared.get()
    let process = Process()
    let (input, output) = (Pipe(), Pipe())
    process.executableURL = Command.binary
    process.arguments = ["live", fixture.int8, "--source", "-", "--json"] + Self.raw
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    input.fileHandleForWriting.write(Data(Self.frame(1)))
    // The first frame is there before the signal.
    var received = Data()
    while !received.contains(UInt8(ascii: "\n")),
      case let bytes = output.fileHandleForReading.availableData, !bytes.isEmpty
    {
      received += bytes
    }
    kill(process.processIdentifier, number)
    received += output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 0)
    let lines = String(decoding: received, as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 2 && lines.last?.hasPrefix("{\"summary\":{") == true, "\(lines)")
    withExtendedLifetime(input) {}
  }

  /// What `live` writes on a terminal of this size.
  static func view(
    columns: Int32, rows: Int32, terminal: String = "xterm", _ arguments: [String]
  ) throws -> String {
    var (screen, line): (Int32, Int32) = (-1, -1)
    try #require(swl_test_open_terminal(columns, rows, &screen, &line))
    defer { close(screen) }
    let process = Process()
    process.executableURL = Command.binary
    process.arguments = ["live"] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(["TERM": terminal]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(fileDescriptor: line, closeOnDealloc: false)
    try process.run()
    close(line)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    // The terminal answers EIO when the process is gone.
    while case let count = read(screen, &buffer, buffer.count), count > 0 {
      bytes += buffer.prefix(count)
    }
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The view is redrawn in place, and leaves nothing behind that would have to be restored.
  @Test func terminalsGetAView() throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    let file = try folder.write((0..<300).flatMap(Self.frame), to: "frames.grey")
    let text = try Self.view(
      columns: 60, rows: 24, [fixture.int8, "--source", file, "--top", "3"] + Self.raw)
    #expect(text.contains("frames.grey (grey 28x28)") && text.contains("#"))
    for word in [
      "age", "decode", "preprocess", "infer", "total", "p50", "p99", "0 stale, 0 dropped",
    ] {
      #expect(text.contains(word), "\(word)")
    }
    #expect(text.contains("\u{1B}[") && !text.contains("\u{1B}[?"))
    // No line is so long that the terminal breaks it.
    let shown = text.split(separator: "\r\n").map { $0.split(separator: "\u{1B}").first ?? "" }
    #expect(shown.dropLast().allSatisfy { $0.count < 60 })
    let last = text.split(separator: "\r\n").last.map(String.init) ?? ""
    #expect(last.contains("300 frames, 0 skipped"), "\(last)")
  }

  /// Each of these characters takes two columns.
  @Test func wideLabels() throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    let file = try folder.write(Self.frame(1), to: "frame.grey")
    let names = (0..<10).map { String(repeating: $0 % 2 == 0 ? "\u{9CA4}" : "\u{26FD}", count: 40) }
    let labels = try folder.write(names.joined(separator: "\n"), to: "labels.txt")
    let arguments = [fixture.int8, "--source", file, "--labels", labels] + Self.raw
    let text = try Self.view(columns: 60, rows: 24, arguments)
    let wide = text.split(separator: "\r\n").map {
      $0.filter { $0.unicodeScalars.first?.value ?? 0 > 0x2000 }
    }
    #expect(wide.contains { $0.count > 15 } && wide.allSatisfy { $0.count <= 23 }, "\(text)")
  }

  /// Terminals that cannot be drawn on get lines.
  @Test func dumbTerminals() throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    let file = try folder.write((0..<3).flatMap(Self.frame), to: "frames.grey")
    let text = try Self.view(
      columns: 60, rows: 24, terminal: "dumb", [fixture.int8, "--source", file] + Self.raw)
    #expect(!text.contains("\u{1B}") && text.contains("frame 2  "), "\(text)")
  }
}
