import Foundation
import SwiftletImaging
import Testing

/// JPEG files that Pillow made, and what it decodes them to: tools/oracle/jpeg-cases.py.
struct JPEGTests {
  private static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Golden")

  private static func goldenFile(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: golden.appendingPathComponent("\(name).jpg")))
  }

  private static func goldenFiles() throws -> [(name: String, digest: String, bytes: [UInt8])] {
    let digests = golden.appendingPathComponent("digests.txt")
    return try String(contentsOf: digests, encoding: .utf8).split(separator: "\n").map { line in
      let fields = line.split(separator: " ", maxSplits: 1).map(String.init)
      return (fields[0], fields[1], try goldenFile(fields[0]))
    }
  }

  @Test("decodes to Pillow's pixels") func goldenPixels() throws {
    let files = try Self.goldenFiles()
    #expect(files.count == 15)
    for file in files {
      let image = try PixelImage(decoding: file.bytes)
      var digest = Digest()
      digest.update(image.pixels)
      let hexadecimal = String(digest.value, radix: 16)
      let padded = String(repeating: "0", count: 16 - hexadecimal.count) + hexadecimal
      #expect(
        "\(image.width) \(image.height) \(image.channels) \(padded)" == file.digest, "\(file.name)")
    }
  }

  @Test("accepts what Pillow accepts, with its pixels, live", .enabled(if: Pillow.isAvailable))
  func live() throws {
    var cases = try Pillow.records(of: "jpeg-cases.py")
    var (accepted, refused) = (0, 0)
    while !cases.isAtEnd {
      let name = String(decoding: try cases.field(), as: UTF8.self)
      let file = try cases.field()
      if try cases.number() == 1 {
        let (width, height, channels) = (
          try cases.number(), try cases.number(), try cases.number()
        )
        let pixels = try cases.bytes(width * height * channels)
        let expected = PixelImage(width: width, height: height, channels: channels, pixels: pixels)
        #expect(throws: Never.self, "\(name)") {
          let isEqual = try PixelImage(decoding: file) == expected
          #expect(isEqual, "\(name)")
        }
        accepted += 1
      } else {
        #expect(throws: ImageError.self, "\(name)") { try PixelImage(decoding: file) }
        refused += 1
      }
    }
    #expect(accepted > 800 && refused > 2000, "\(accepted) accepted, \(refused) refused")
  }

  @Test func truncatedFiles() throws {
    for file in try Self.goldenFiles() {
      let whole = try PixelImage(decoding: file.bytes)
      for count in file.bytes.indices {
        do {
          // The end of the last byte and its marker are not needed.
          #expect(try PixelImage(decoding: Array(file.bytes[..<count])) == whole)
          #expect(count > file.bytes.count - 8, "\(file.name), \(count) bytes")
        } catch {
          #expect(count < 3 || "\(error)".contains("truncated"), "\(file.name): \(error)")
        }
      }
    }
  }

  /// An error, or an image: nothing else, whatever the bytes are.
  @Test func damagedFiles() throws {
    expectErrorsOrImages(ofDamaged: try Self.goldenFiles().map(\.bytes))
  }

  @Test func imagesThatAreTooLarge() throws {
    var bytes = try Self.goldenFile("ycc444-33x21-q50")
    let frame = try #require(bytes.indices.first { bytes[$0...].starts(with: [0xFF, 0xC0]) })
    for side in [16384, 65500] as [UInt16] {
      let sides = [UInt8(side >> 8), UInt8(side & 255)]
      bytes.replaceSubrange(frame + 5..<frame + 9, with: sides + sides)
      expectError(containing: "\(side) x \(side) pixels, expected at most") {
        try PixelImage(decoding: bytes)
      }
    }
    bytes.replaceSubrange(frame + 5..<frame + 9, with: [255, 255, 255, 255])
    expectError(containing: "65500") { try PixelImage(decoding: bytes) }
  }

  @Test func tooManyScans() throws {
    let bytes = try Self.goldenFile("grey-17x9-q90-progressive")
    let scans = bytes.indices.filter { bytes[$0...].starts(with: [0xFF, 0xDA]) }
    // The first scan again and again; the tables of the second one follow it.
    let end = try #require(
      bytes[(scans[0] + 2)...].indices.first {
        bytes[$0] == 0xFF && bytes[$0 + 1] != 0
      })
    let scan = Array(bytes[scans[0]..<end])
    func file(scans count: Int) -> [UInt8] {
      Array(bytes[..<scans[0]]) + Array(repeating: scan, count: count).joined() + bytes[end...]
    }
    #expect(try PixelImage(decoding: file(scans: 1)) == PixelImage(decoding: bytes))
    #expect(throws: Never.self) { try PixelImage(decoding: file(scans: 400)) }
    #expect(throws: ImageError("JPEG: more than 500 scans")) {
      try PixelImage(decoding: file(scans: 600))
    }
  }

  @Test func filesOfADisk() throws {
    let name = "turned-33x21"
    let image = try PixelImage(
      contentsOf: Self.golden.appendingPathComponent("\(name).jpg").path)
    #expect("\(image.width) \(image.height) \(image.channels)" == "33 21 3")
    let path = FileManager.default.temporaryDirectory.path + "/swiftlet-\(UUID()).jpg"
    try Data(try Self.goldenFile(name).prefix(700)).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    expectError(containing: "\(path): JPEG: truncated in row ") {
      try PixelImage(contentsOf: path)
    }
  }
}
