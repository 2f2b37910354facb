import Foundation
import SwiftletImaging
import Testing

/// PNG, WebP and BMP files, and what Pillow's `convert` makes of them: tools/oracle/image-cases.py.
struct ImageFormatTests {
  #if SWIFTLET_PNG_WEBP
    private static let readsAll = true
  #else
    private static let readsAll = false
  #endif

  private static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Golden")

  private static func goldenFile(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: golden.appendingPathComponent(name)))
  }

  private static func goldenFiles() throws -> [(name: String, digest: String, bytes: [UInt8])] {
    let digests = golden.appendingPathComponent("image-digests.txt")
    return try String(contentsOf: digests, encoding: .utf8).split(separator: "\n").map { line in
      let fields = line.split(separator: " ", maxSplits: 1).map(String.init)
      return (fields[0], fields[1], try goldenFile(fields[0]))
    }.filter { readsAll || $0.name.hasSuffix(".bmp") }
  }

  @Test("decodes to Pillow's pixels") func goldenPixels() throws {
    let files = try Self.goldenFiles()
    #expect(files.count == (Self.readsAll ? 50 : 11))
    for file in files {
      let image = try PixelImage(decoding: file.bytes)
      var digest = Digest()
      for channels in [3, 1] { digest.update(image.converted(toChannels: channels).pixels) }
      let hexadecimal = String(digest.value, radix: 16)
      let padded = String(repeating: "0", count: 16 - hexadecimal.count) + hexadecimal
      #expect("\(image.width) \(image.height) \(padded)" == file.digest, "\(file.name)")
    }
  }

  /// Of files that are cut off Pillow accepts more: pixels that are all there, without the checksum behind them.
  @Test(
    "accepts what Pillow accepts, with its pixels, live",
    .enabled(if: Pillow.isAvailable && readsAll))
  func live() throws {
    var cases = try Pillow.records(of: "image-cases.py")
    var (accepted, refused) = (0, 0)
    while !cases.isAtEnd {
      let name = String(decoding: try cases.field(), as: UTF8.self)
      let file = try cases.field()
      let isWhole = try cases.number() == 1
      let image = try? PixelImage(decoding: file)
      guard try cases.number() == 1 else {
        let isRefused = image == nil
        #expect(isRefused, "\(name)")
        refused += 1
        continue
      }
      let (width, height) = (try cases.number(), try cases.number())
      let (rgb, grey) = (try cases.bytes(3 * width * height), try cases.bytes(width * height))
      guard let image else {
        #expect(!isWhole, "\(name)")
        continue
      }
      let isEqual =
        image.width == width && image.height == height
        && image.converted(toChannels: 3).pixels == rgb
        && image.converted(toChannels: 1).pixels == grey
      #expect(isEqual, "\(name)")
      accepted += isWhole ? 1 : 0
    }
    #expect(accepted > 700 && refused > 2000, "\(accepted) accepted, \(refused) refused")
  }

  @Test func truncatedFiles() throws {
    for file in try Self.goldenFiles() {
      let whole = try PixelImage(decoding: file.bytes)
      for count in 0..<file.bytes.count {
        do {
          #expect(try PixelImage(decoding: Array(file.bytes[..<count])) == whole)
          // An end marker, or what fills up a row.
          #expect(count >= file.bytes.count - 16, "\(file.name), \(count) bytes")
        } catch {
          let isSaid = ["truncated", "expected", "supported", "damaged", "Not enough"].contains {
            "\(error)".contains($0)
          }
          #expect(isSaid, "\(file.name), \(count) bytes: \(error)")
        }
      }
    }
  }

  /// An error, or an image: nothing else, whatever the bytes are.
  @Test func damagedFiles() throws {
    expectErrorsOrImages(ofDamaged: try Self.goldenFiles().map(\.bytes))
  }

  /// Before there is memory for them.
  @Test(.enabled(if: readsAll)) func imagesThatAreTooLarge() throws {
    func changed(_ name: String, _ bytes: [UInt8], at place: Int) throws -> [UInt8] {
      var file = try Self.goldenFile(name)
      file.replaceSubrange(place..<place + bytes.count, with: bytes)
      return file
    }
    /// With the checksum of its header made anew.
    func png(_ sides: [UInt8]) throws -> [UInt8] {
      var file = try changed("2-8-17x9.png", sides, at: 16)
      var remainder: UInt32 = ~0
      for byte in file[12..<29] {
        remainder ^= UInt32(byte)
        for _ in 0..<8 {
          remainder = remainder & 1 == 0 ? remainder >> 1 : remainder >> 1 ^ 0xEDB8_8320
        }
      }
      for byte in 0..<4 {
        file[29 + byte] = UInt8(truncatingIfNeeded: ~remainder >> UInt32(24 - 8 * byte))
      }
      return file
    }
    expectError(containing: "16777216 x 16777216 pixels, expected at most") {
      try PixelImage(decoding: png([1, 0, 0, 0, 1, 0, 0, 0]))
    }
    expectError(containing: "2147483647 x 2147483647 pixels, expected at most") {
      try PixelImage(decoding: png([127, 255, 255, 255, 127, 255, 255, 255]))
    }
    // A row of it would take gigabytes.
    let before = try peakMemory()
    expectError(containing: "2147483647 x 1 pixels, expected at most") {
      try PixelImage(decoding: png([127, 255, 255, 255, 0, 0, 0, 1]))
    }
    let grown = try peakMemory() - before
    #expect(grown < 4 << 30)
    expectError(containing: "PNG: ") {
      try PixelImage(decoding: png([255, 255, 255, 255, 0, 0, 0, 1]))
    }
    expectError(containing: "0 x 9 pixels") {
      try PixelImage(decoding: changed("8-40-17x9.bmp", [0, 0, 0, 0], at: 18))
    }
    for side: [UInt8] in [[255, 255, 255, 127], [255, 255, 255, 254]] {
      expectError(containing: "pixels, expected at most") {
        try PixelImage(decoding: changed("8-40-17x9.bmp", side + side, at: 18))
      }
    }
    // 16,383 pixels each way, in a lossless file's fields of 14 bits.
    let large = try changed("lossless-RGB-33x21.webp", [255, 255, 255, 15], at: 21)
    expectError(containing: "16384 x 16384 pixels, expected at most") {
      try PixelImage(decoding: large)
    }
  }

  @Test(.enabled(if: !readsAll)) func whatThisBuildLeavesOut() throws {
    for (name, file) in [("PNG", "2-8-17x9.png"), ("WebP", "lossless-RGB-33x21.webp")] {
      expectError(
        containing: "this build leaves \(name) out; convert the image to one of JPEG, BMP, PGM, PPM"
      ) { try PixelImage(decoding: Self.goldenFile(file)) }
    }
    for ending in ["png", "webp"] { #expect(!FileTree.imageExtensions.contains(ending)) }
  }

  @Test(
    "files that are refused", .enabled(if: readsAll),
    arguments: [
      ("GIF89a", "unsupported image format; supported: JPEG, PNG, WebP, BMP, PGM, PPM"),
      ("BM", "BMP: truncated"), ("RIFF\u{4}\0\0\0WEBP", "WebP: "),
      ("BM\0\0\0\0\0\0\0\0\0\0\0\0\u{20}\0\0\0", "a header of 32 bytes"),
    ])
  func refused(text: String, expected: String) {
    expectError(containing: expected) { try PixelImage(decoding: [UInt8](text.utf8)) }
  }

  @Test func filesOfBitmapsThatAreRefused() throws {
    for (place, byte, expected) in [
      (28, 5, "5 bits a pixel"), (30, 4, "compression 4, expected 0 to 3"),
      (30, 3, "compression 3 of 8 bits"), (49, 1, "a palette of"),
    ] as [(Int, UInt8, String)] {
      var file = try Self.goldenFile("8-40-17x9.bmp")
      file[place] = byte
      expectError(containing: expected) { try PixelImage(decoding: file) }
    }
    var masks = try Self.goldenFile("masks-32-ff-ff000000-56-17x9.bmp")
    masks[54] = 0x7F
    expectError(containing: "colours in the bits") { try PixelImage(decoding: masks) }
  }
}

/// The most bytes of memory that this process has had at a time.
private func peakMemory() throws -> Int {
  let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
  let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
  return try #require(Int(line.filter(\.isNumber))) * 1024
}
