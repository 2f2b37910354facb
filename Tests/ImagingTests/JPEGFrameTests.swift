import Foundation
import SwiftletImaging
import SwiftletProgram
import Testing

/// Motion JPEG frames, reduced while they are decoded.
struct JPEGFrameTests {
  private static func file(_ name: String) throws -> [UInt8] {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    return [UInt8](try Data(contentsOf: tests.appendingPathComponent("Golden/\(name).jpg")))
  }

  private static let names = [
    "ycc420-33x21-q50", "ycc422-33x21-q50", "ycc444-33x21-q50", "ycc411-33x21-q50",
    "rgb-17x9", "grey-33x21-q50", "grey-17x9-q90-progressive",
    "ycc420-101x67-q50-progressive", "restarts-33x21", "no-tables-33x21",
  ]

  private static func decode(
    _ bytes: [UInt8], _ decoder: JPEGFrameDecoder, shorterSide: Int, isGrey: Bool = false
  ) throws -> (layout: FrameLayout, pixels: [UInt8]) {
    let layout = try bytes.withUnsafeBytes {
      try decoder.decode($0, shorterSide: shorterSide, isGrey: isGrey)
    }
    return (layout, decoder.withPixels { Array($0) })
  }

  /// Not reduced, a frame differs from a still image by the rounding of its colours only.
  @Test(arguments: names) func wholeFrames(name: String) throws {
    let bytes = try Self.file(name)
    let still = try PixelImage(decoding: bytes)
    let side = min(still.width, still.height)
    let transform = Preprocessing(
      resize: .shorterSide(side), height: still.height, width: still.width, filter: .bilinear,
      channels: 3)
    let decoder = try JPEGFrameDecoder()
    let converter = try FrameConverter(transform)
    let (layout, pixels) = try Self.decode(bytes, decoder, shorterSide: side)
    #expect(layout.width == still.width && layout.height == still.height)
    var input = [Int8](repeating: 0, count: converter.preprocessing.inputCount)
    try input.withUnsafeMutableBufferPointer { input in
      try pixels.withUnsafeBytes { try converter.convert($0, layout, into: input) }
    }
    let expected = still.converted(toChannels: 3).pixels
    for pixel in 0..<still.width * still.height {
      for channel in 0..<3 {
        let (a, b) = (Int(input[4 * pixel + channel]) + 128, Int(expected[3 * pixel + channel]))
        try #require(abs(a - b) <= 1, "\(pixel): \(a), \(b)")
      }
    }
  }

  @Test func reductions() throws {
    let bytes = try Self.file("ycc420-101x67-q50-progressive")
    let decoder = try JPEGFrameDecoder()
    for (side, size) in [
      (68, (101, 67)), (67, (101, 67)), (35, (101, 67)), (34, (51, 34)), (18, (51, 34)),
      (17, (26, 17)), (10, (26, 17)), (9, (13, 9)), (1, (13, 9)),
    ] {
      let (layout, pixels) = try Self.decode(bytes, decoder, shorterSide: side)
      #expect(layout.width == 101 && layout.height == 67 && layout.bytesPerLine == 3 * size.0)
      #expect(pixels.count == size.0 * size.1 * 3)
      // Its brightness stays what it was.
      let luma = stride(from: 0, to: pixels.count, by: 3).map { Int(pixels[$0]) }
      let grey = try Self.decode(bytes, decoder, shorterSide: side, isGrey: true)
      #expect(grey.layout.format == .grey && grey.pixels.map { Int($0) } == luma)
      let whole = try Self.decode(bytes, decoder, shorterSide: 67, isGrey: true).pixels
      let mean = Double(luma.reduce(0, +)) / Double(luma.count)
      let wholeMean = Double(whole.reduce(0) { $0 + Int($1) }) / Double(whole.count)
      #expect(abs(mean - wholeMean) < 3, "\(side): \(mean), \(wholeMean)")
    }
  }

  @Test func damagedFramesAreRefused() throws {
    let decoder = try JPEGFrameDecoder()
    let bytes = try Self.file("ycc422-33x21-q50")
    let scan = try #require(bytes.indices.first { bytes[$0...].starts(with: [0xFF, 0xDA]) })
    for count in stride(from: 0, to: bytes.count - 8, by: 3) {
      #expect(throws: ImageError.self) {
        try Self.decode(Array(bytes[..<count]), decoder, shorterSide: 21)
      }
    }
    // A marker amid the data: the rest of the image would be made up.
    var cut = bytes
    cut.replaceSubrange(scan + 40..<scan + 42, with: [0xFF, 0xD9])
    #expect(throws: ImageError.self) { try Self.decode(cut, decoder, shorterSide: 21) }
    // Bytes too many before the end, as some cameras write them, and behind it.
    let long = Array(bytes[..<(bytes.count - 2)]) + [0, 0, 0, 0, 0xFF, 0xD9, 0, 1, 2]
    let whole = try Self.decode(bytes, decoder, shorterSide: 21)
    #expect(try Self.decode(long, decoder, shorterSide: 21).pixels == whole.pixels)
    #expect(throws: ImageError.self) {
      try Self.decode(Self.file("cmyk-17x9-q50"), decoder, shorterSide: 9)
    }
    // None of them does harm to the next.
    #expect(try Self.decode(bytes, decoder, shorterSide: 21).pixels == whole.pixels)
  }
}
