import Foundation
import SwiftletCamera
import SwiftletImaging
import Testing

/// Files of frames.
@Suite struct StreamSourceTests {
  /// The sequence numbers and values of all frames of a file, and what became of the others.
  static func read(
    _ bytes: [UInt8], format: FrameFormat? = nil, size: (width: Int, height: Int)? = nil,
    keepsEveryFrame: Bool = true, notes: Notes = Notes()
  ) throws -> (frames: [[Int]], counts: FrameCounts) {
    let path = FileManager.default.temporaryDirectory.path + "/swiftlet-\(UUID()).stream"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let source = try StreamSource(
      path: path, format: format, size: size, target: smallTarget,
      keepsEveryFrame: keepsEveryFrame, stop: StopRequest(), onNote: notes.note)
    return (try frames(source), source.counts)
  }

  static func frames(_ source: StreamSource) throws -> [[Int]] {
    let frame = PreparedFrame(inputCount: 16)
    var frames: [[Int]] = []
    while try source.next(into: frame) {
      #expect(frame.input.allSatisfy { $0 == frame.input[0] })
      #expect(frame.prepareEndNanoseconds >= frame.captureNanoseconds)
      frames.append([frame.sequence, Int(frame.input[0]) + 128])
    }
    return frames
  }

  static let small = (width: 8, height: 8)

  static func raw(_ values: [UInt8]) -> [UInt8] {
    values.flatMap { Array(repeating: $0, count: 64) }
  }

  @Test func rawFrames() throws {
    let values = Array<UInt8>(0..<200)
    let all = try Self.read(Self.raw(values), format: .grey, size: Self.small)
    #expect(all.frames == values.map { [Int($0), Int($0)] })
    #expect(all.counts == FrameCounts())
    // Every format's frames are as long as they must be.
    for format in FrameFormat.all where !format.isCompressed {
      for (width, height) in [(8, 8), (7, 5)] {
        let count = try FrameLayout(format, width: width, height: height).byteCount
        let frames = [UInt8](repeating: 128, count: 3 * count)
        let it = try Self.read(frames, format: format, size: (width, height))
        #expect(
          it.frames.map { $0[0] } == [0, 1, 2] && it.counts == FrameCounts(), "\(format.name)")
      }
    }
  }

  @Test func aFrameThatIsCutOff() throws {
    let notes = Notes()
    let it = try Self.read(
      Self.raw([1, 2]) + [3, 3, 3], format: .grey, size: Self.small, notes: notes)
    #expect(it.frames == [[0, 1], [1, 2]] && it.counts.skipped == 1)
    #expect(
      notes.all.count == 1 && notes.all[0].contains("frame 2: a frame of 3 bytes, expected 64"))
    let error = thrownError(CaptureError.self) {
      try Self.read([], format: .grey, size: Self.small)
    }
    #expect(error?.description.hasSuffix(": is empty") == true)
  }

  @Test func theNewestFrameWins() throws {
    let it = try Self.read(
      Self.raw(Array(0..<20)), format: .grey, size: Self.small, keepsEveryFrame: false)
    #expect(it.frames == [[16, 16], [19, 19]] && it.counts.stale == 18)
  }

  @Test func jpegFiles() throws {
    let levels = (0..<50).map { $0 % 3 + 1 }
    let files = levels.map { GreyJPEG.file(side: 8 * ($0 + 1), value: $0) }
    let expected = levels.enumerated().map { [$0, GreyJPEG.value($1)] }
    for format in [nil, .mjpeg] as [FrameFormat?] {
      let it = try Self.read(Array(files.joined()), format: format)
      #expect(it.frames == expected && it.counts == FrameCounts())
    }
    // What stands between files: headers of a network stream, zeros, markers.
    let between =
      Array("\r\n--frame\r\nContent-Type: image/jpeg\r\n\r\n".utf8) + [0, 0xFF, 0xFF, 0xD9]
    let mixed = try Self.read(
      Array((between + files.joined(separator: between) + [0xFF])), format: .mjpeg)
    #expect(mixed.frames == expected && mixed.counts == FrameCounts())
  }

  /// A whole JPEG file inside a segment, and markers with more than one 0xFF, end no frame.
  @Test func segmentsArePassedOver() throws {
    let inner = GreyJPEG.file(side: 8, value: 1)
    let segment = [0xFF, 0xE1, 0, UInt8(inner.count + 2)] + inner
    let outer = GreyJPEG.file(side: 8, value: 3)
    let file = outer.prefix(2) + segment + [0xFF, 0xFF] + outer.dropFirst(2)
    let it = try Self.read(Array((file + file)))
    #expect(it.frames == [[0, GreyJPEG.value(3)], [1, GreyJPEG.value(3)]])
    #expect(it.counts == FrameCounts())
  }

  @Test func damageStaysWhereItIs() throws {
    let file = GreyJPEG.file(side: 16, value: 2)
    // Without its end; amid its header; with a segment of an impossible length.
    var broken = file
    broken[4...5] = [0, 1]
    for damaged in [Array(file.dropLast(2)), Array(file.prefix(30)), broken, [0xFF, 0xD8, 0xFF]] {
      let it = try Self.read(file + damaged + file + file)
      let values = it.frames.map { $0[1] }
      #expect(values.allSatisfy { $0 == GreyJPEG.value(2) })
      // A frame without its end marker still has all its pixels.
      #expect(values.count >= 3, "\(damaged.count): \(it)")
    }
    let cut = try Self.read(file + file.dropLast(5))
    #expect(cut.frames.count == 1 && cut.counts.skipped == 1)
  }

  /// However the bytes are cut on their way through a pipe.
  @Test(arguments: [1, 7, 100]) func pipes(portion: Int) throws {
    let files = (0..<6).map { GreyJPEG.file(side: 16, value: $0 % 3 + 1) }
    let pipe = Pipe()
    let source = Result {
      try StreamSource(
        path: "/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)", format: .mjpeg, size: nil,
        target: smallTarget, keepsEveryFrame: true, stop: StopRequest())
    }
    let bytes = Array(files.joined())
    let writing = pipe.fileHandleForWriting
    let thread = Thread {
      for start in stride(from: 0, to: bytes.count, by: portion) {
        writing.write(Data(bytes[start..<min(bytes.count, start + portion)]))
      }
      try? writing.close()
    }
    thread.start()
    let frames = try Self.frames(source.get())
    #expect(frames == (0..<6).map { [$0, GreyJPEG.value($0 % 3 + 1)] })
  }

  /// Whoever waits for bytes that do not come.
  @Test func aStopWakes() throws {
    let pipe = Pipe()
    let stop = try StopRequest()
    let source = try StreamSource(
      path: "/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)", format: .grey, size: Self.small,
      target: smallTarget, keepsEveryFrame: true, stop: stop)
    let thread = Thread {
      Thread.sleep(forTimeInterval: 0.02)
      stop.request()
    }
    thread.start()
    #expect(try source.next(into: PreparedFrame(inputCount: 16)) == false)
    #expect(stop.isRequested)
    withExtendedLifetime(pipe) {}
  }

  @Test func whatCannotBeRead() throws {
    func message(
      _ bytes: [UInt8], format: FrameFormat? = nil, size: (width: Int, height: Int)? = nil
    ) -> String {
      let error = thrownError(CaptureError.self) {
        try Self.read(bytes, format: format, size: size)
      }
      return error?.description ?? ""
    }
    #expect(message([]).contains("is empty"))
    #expect(message([1, 2, 3, 4]).contains("--size WIDTHxHEIGHT --format grey, nv12"))
    #expect(message([1], format: .grey, size: (0, 4)).contains("0 x 4 pixels"))
    #expect(message([1], format: .named("rgb24"), size: (9000, 9000)).contains("at most"))
    let error = thrownError(CaptureError.self) {
      try StreamSource(
        path: "/none", format: .grey, size: Self.small, target: smallTarget, keepsEveryFrame: true,
        stop: StopRequest())
    }
    #expect(error?.description == "/none: No such file or directory")
  }
}
