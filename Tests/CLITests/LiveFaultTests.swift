import Foundation
import Testing

/// Streams that end badly, outputs that fail, terminals that are small.
@Suite struct LiveFaultTests {
  private static let raw = LiveTests.raw

  /// A line of shell in which `$0` is swiftlet.
  static func shell(_ line: String, _ arguments: [String] = []) throws -> (
    status: Int32, output: String
  ) {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", line, Command.binary.path] + arguments
    (process.standardOutput, process.standardError) = (pipe, pipe)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  /// Of the newest frames the last complete one is classified; what is cut off behind it is counted.
  @Test func aCutOffEndTakesNoFramesPlace() throws {
    let model = try Fixture.shared.get().int8
    let command = try Command(
      ["live", model, "--source", "-", "--json"] + Self.raw,
      input: LiveTests.frame(1) + LiveTests.frame(2) + [1, 2, 3])
    let (frames, summary) = try LiveTests.lines(command)
    #expect(command.status == 0 && frames.last?["sequence"] as? Int == 1, "\(command.errors)")
    #expect(summary["skipped"] as? Int == 1)
    #expect(frames.count + (summary["stale"] as? Int ?? 0) == 2)
    let empty = try Command(["live", model, "--source", "-"] + Self.raw)
    #expect(empty.status == 1 && empty.errors.contains("standard input: is empty"))
  }

  @Test func closedStreams() throws {
    let model = try Fixture.shared.get().int8
    let image = try TemporaryFolder()
    let file = try image.write(Fixture.image(1), to: "a.pgm")
    for options in [[], Self.raw] {
      let closed = try Self.shell(
        "exec \"$0\" \"$@\" <&-", ["live", model, "--source", "-"] + options)
      #expect(closed.status == 1 && closed.output.contains("Bad file descriptor"), "\(closed)")
    }
    for command in [["live", model, "--source", image.path], ["classify", model, file]] {
      for target in [">&-", "> /dev/full"] {
        for json in [[], ["--json"]] {
          let full = try Self.shell("exec \"$0\" \"$@\" \(target)", command + json)
          #expect(full.status == 1 && full.output.contains("could not be written"), "\(full)")
        }
      }
    }
  }

  /// Nobody writes to them.
  @Test func namedPipes() throws {
    let model = try Fixture.shared.get().int8
    let folder = try TemporaryFolder()
    try folder.write(Fixture.image(1), to: "b.pgm")
    #expect(mkfifo(folder.path("a.pgm"), 0o600) == 0)
    let replay = try Command(["live", model, "--source", folder.path])
    #expect(
      replay.status == 0 && replay.errors.contains("a.pgm: no regular file"), "\(replay.errors)")
    let process = Process()
    let output = Pipe()
    process.executableURL = Command.binary
    process.arguments = ["live", model, "--source", folder.path("a.pgm")] + Self.raw
    (process.standardInput, process.standardOutput) = (FileHandle.nullDevice, output)
    try process.run()
    while process.isRunning, !Self.hasOpen("/a.pgm", process) { usleep(1000) }
    process.terminate()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0 && text.contains("0 frames"), "\(text)")
  }

  /// Whether a process has opened a file whose path ends like this.
  private static func hasOpen(_ path: String, _ process: Process) -> Bool {
    let folder = "/proc/\(process.processIdentifier)/fd"
    let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return descriptors.contains {
      let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
      return target?.hasSuffix(path) == true
    }
  }

  @Test func sizesNeedFormats() throws {
    let model = try Fixture.shared.get().int8
    let command = try Command(["live", model, "--source", "-", "--size", "28x28"])
    #expect(command.status == 64 && command.errors.contains("--size needs --format"))
    let camera = try Command(["live", model, "--source", "/dev/video0"])
    #expect(camera.status == 1 && camera.errors.contains("--device /dev/video0"))
  }

  /// A drawing never has more lines than the terminal, else each would leave some behind.
  @Test(arguments: [(80, 10), (30, 24), (20, 4)]) func smallTerminals(columns: Int32, rows: Int32)
    throws
  {
    let model = try Fixture.shared.get().int8
    let folder = try TemporaryFolder()
    let file = try folder.write((0..<3000).flatMap { LiveTests.frame($0 % 7) }, to: "frames.grey")
    let text = try LiveTests.view(
      columns: columns, rows: rows, [model, "--source", file] + Self.raw)
    let ups = text.matches(of: /\u{1B}\[(\d+)A/).compactMap { Int($0.output.1) }
    #expect(!ups.isEmpty && ups.allSatisfy { $0 < rows }, "\(ups)")
    let lines = text.split(separator: "\r\n").map { $0.split(separator: "\u{1B}").first ?? "" }
    #expect(lines.dropLast().allSatisfy { $0.count < columns })
    // The best class is there, with its label.
    #expect(lines.contains { $0.contains(" %  ") && !$0.hasSuffix("%  ") })
  }
}
