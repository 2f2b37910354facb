import Foundation
import SwiftletCamera
import SwiftletImaging
import Testing

/// Files of frames.
@Suite struct StreamSourceTests {
  /// The sequence numbers and values of all frames of a file, and what became of the others.
  static func read(
    _ bytes: [UInt8], format: FrameFormat? = nil, size: (width: Int, height: Int)? = nil,
    bytesPerLine: Int = 0, keepsEveryFrame: Bool = true, notes: Notes = Notes()
  ) throws -> (frames: [[Int?]], counts: FrameCounts) {
    let path = FileManager.default.temporaryDirectory.path + "/swiftlet-\(UUID()).stream"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let source = try StreamSource(
      path: path, format: format, size: size, bytesPerLine: bytesPerLine,
      keepsEveryFrame: keepsEveryFrame, stop: StopRequest(), onNote: notes.note)
    return (try source.frames(), source.counts)
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

  /// A file whose rows are padded would be a skewed picture.
  @Test func paddedRows() throws {
    for format in FrameFormat.all where !format.isCompressed {
      let tight = try FrameLayout(format, width: 50, height: 7).bytesPerLine
      let wide = (tight + 63) / 64 * 64
      let padded = try FrameLayout(format, width: 50, height: 7, bytesPerLine: wide)
      let rows = [UInt8](repeating: 9, count: 3 * padded.paddedByteCount)
      let error = thrownError(CaptureError.self) {
        try Self.read(rows, format: format, size: (50, 7))
      }
      #expect(error?.description.contains("--bytes-per-line \(wide)") == true)
    }
    let bytes = [0, 1].flatMap { (value: UInt8) -> [UInt8] in
      let row = Array(repeating: value, count: 8) + Array(repeating: 200, count: 56)
      return Array(repeating: row, count: 8).flatMap { $0 }
    }
    let it = try Self.read(bytes, format: .grey, size: Self.small, bytesPerLine: 64)
    #expect(it.frames == [[0, 0], [1, 1]] && it.counts == FrameCounts())
    let rows = thrownError(CaptureError.self) {
      try Self.read(Array(repeating: 1, count: 5 * 8 * 16), format: .grey, size: (8, 13))
    }
    #expect(rows?.description.contains("--size 8x16") == true)
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

  /// As network cameras send them, the headers first.
  @Test func multipart() throws {
    let file = GreyJPEG.file(side: 16, value: 2)
    let header = Array("--b\r\nContent-Type: image/jpeg\r\nContent-Length: 9\r\n\r\n".utf8)
    let it = try Self.read(Array([header, file, header, file].joined()))
    #expect(it.frames == [[0, GreyJPEG.value(2)], [1, GreyJPEG.value(2)]])
    #expect(it.counts == FrameCounts())
    let cut = Array([header, file.dropLast(2), header, file].joined())
    #expect(try Self.read(cut).frames.count == 2)
  }

  /// What libjpeg only warns of loses no frame: bytes too many behind a segment, a beginning twice, no end.
  @Test func oddButWhole() throws {
    let file = GreyJPEG.file(side: 16, value: 2)
    let first = 2 + 2 + Int(file[4]) << 8 + Int(file[5])
    for odd in [
      file[..<first] + [1, 2, 3] + file[first...], [0xFF, 0xD8] + file, file.dropLast(2),
    ] {
      let it = try Self.read(file + odd + file)
      #expect(it.frames == (0..<3).map { [$0, GreyJPEG.value(2)] }, "\(odd.count)")
      #expect(it.counts == FrameCounts())
    }
  }

  /// Whatever byte is damaged, three files are three frames, used or skipped.
  @Test func noFrameIsLostUncounted() throws {
    let file = GreyJPEG.file(side: 16, value: 2)
    for place in file.indices {
      for byte in [0, 0xFF, 0xD9, 0x12] as [UInt8] {
        var damaged = file
        damaged[place] = byte
        let it = try Self.read(file + damaged + file, format: .mjpeg)
        #expect(it.frames.count + it.counts.skipped == 3, "byte \(place) is \(byte): \(it)")
        #expect(it.frames.count >= 2, "byte \(place) is \(byte): \(it)")
      }
    }
  }

  /// Each segment, seen from the one before, is the beginning of another file.
  @Test func markersInMarkers() throws {
    let chain = Array(repeating: [0xFF, 0xE1, 0, 4, 0xFF, 0xD8] as [UInt8], count: 100_000).joined()
    let it = try Self.read([0xFF, 0xD8] + chain + [0, 0] + GreyJPEG.file(side: 16, value: 2))
    #expect(it.frames.count + it.counts.skipped <= 3 && it.counts.skipped > 0)
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
        keepsEveryFrame: true, stop: StopRequest())
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
    let frames = try source.get().frames()
    #expect(frames == (0..<6).map { [$0, GreyJPEG.value($0 % 3 + 1)] })
  }

  /// Whoever waits for bytes that do not come.
  @Test func aStopWakes() throws {
    let pipe = Pipe()
    let stop = try StopRequest()
    let source = try StreamSource(
      path: "/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)", format: .grey, size: Self.small,
      keepsEveryFrame: true, stop: stop)
    let thread = Thread {
      Thread.sleep(forTimeInterval: 0.02)
      stop.request()
    }
    thread.start()
    #expect(try source.next(into: Seen()) == false)
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
        path: "/none", format: .grey, size: Self.small, keepsEveryFrame: true,
        stop: StopRequest())
    }
    #expect(error?.description == "/none: No such file or directory")
  }
}
