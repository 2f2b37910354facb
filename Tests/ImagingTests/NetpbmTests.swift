import Foundation
import SwiftletImaging
import Testing

struct NetpbmTests {
  private func decoded(_ text: String, _ data: [UInt8] = []) throws -> PixelImage {
    try PixelImage(decoding: [UInt8](text.utf8) + data)
  }

  @Test func theFourFormats() throws {
    let grey = PixelImage(width: 3, height: 2, channels: 1, pixels: [1, 2, 3, 40, 50, 255])
    #expect(try decoded("P5\n3 2\n255\n", grey.pixels) == grey)
    #expect(try decoded("P2\n3 2\n255\n1 2 3\n40 50 255") == grey)
    let colour = PixelImage(width: 2, height: 1, channels: 3, pixels: grey.pixels)
    #expect(try decoded("P6 2 1 255 ", colour.pixels) == colour)
    #expect(try decoded("P3 2 1 255 1 2 3 40 50 255\n") == colour)
  }

  @Test func commentsAndWhiteSpace() throws {
    let image = PixelImage(width: 1, height: 2, channels: 1, pixels: [35, 10])
    #expect(try decoded("P5# a\n#b\r 1\t# 7 7\n\u{b}2\u{c}\r\n#\n255\n", [35, 10]) == image)
    #expect(try decoded("P2 1 2 255 # 9\n35#\n 10 # end") == image)
  }

  @Test("a smaller largest value is scaled as Pillow does", arguments: 1...255)
  func scaling(largest: Int) throws {
    let expected = (0...255).map { value in
      UInt8(min(255, (Double(value) / Double(largest) * 255).rounded(.toNearestOrEven)))
    }
    #expect(try decoded("P5 256 1 \(largest)\n", (0...255).map { UInt8($0) }).pixels == expected)
    let values = (0...largest).map { "\($0)" }.joined(separator: " ")
    let text = "P2 \(largest + 1) 1 \(largest) "
    #expect(try decoded(text + values).pixels == Array(expected[...largest]))
    #expect(throws: ImageError.self) { try decoded("P2 1 1 \(largest) \(largest + 1)") }
  }

  @Test(
    "files that are refused",
    arguments: [
      ("", "the file is empty"), ("P", "supported"), ("P5", "supported"),
      ("P1 1 1 1", "supported"),
      ("P4 1 1 a", "supported"), ("P7 1 1 255 a", "supported"), ("\u{1}PNG", "supported"),
      ("P5 ", "cut off at byte 3, expected the width"), ("P5 x", "no number at byte 3"),
      ("P5 -1 1 255 a", "no number at byte 3"), ("P5 1", "expected the height"),
      ("P5 1 1", "expected the largest value"), ("P5 0 1 255 ", "0 x 1 pixels"),
      ("P5 1 0 255 ", "1 x 0 pixels"), ("P5 1 1 0 a", "1...255"), ("P5 1 1 65535 aa", "8 bits"),
      ("P5 1 1 65536 aa", "too large"), ("P5 99999999999999999999 1 255 a", "too large"),
      ("P6 16384 16384 255 a", "at most 268435456 bytes"), ("P5 268435456 2 255 a", "at most"),
      ("P5 268435456 268435456 255 a", "at most"),
      ("P6 1 1 255 ab", "2 bytes of pixels, expected 3"),
      ("P5 1 1 255", "white space"), ("P5 1 1 255#a", "white space"), ("P3 1 1 255 1 2", "cut off"),
      ("P2 2 2 255 1 2 3          ", "cut off"), ("P2 1 1 255 256", "too large"),
      ("P2 2 1 255 1x2", "no number"), ("P5 #", "cut off"),
    ])
  func refused(text: String, expected: String) throws {
    expectError(containing: expected) { try decoded(text) }
  }

  @Test func everyTruncationIsAnError() {
    let files = [
      [UInt8]("P6 # c\n4 3\n255\n".utf8) + sample(4, 3, 3).pixels,
      [UInt8]("P2\n4 3\n255\n".utf8)
        + [UInt8](sample(4, 3, 1).pixels.map { "\($0 % 10)" }.joined(separator: " ").utf8),
    ]
    for file in files {
      #expect(throws: Never.self) { try PixelImage(decoding: file) }
      for count in file.indices {
        #expect(throws: ImageError.self) { try PixelImage(decoding: Array(file[..<count])) }
      }
    }
  }

  @Test func filesOfADisk() throws {
    let path = FileManager.default.temporaryDirectory.path + "/swiftlet-\(UUID()).ppm"
    let image = sample(33, 21, 3)
    let bytes = [UInt8]("P6\n33 21\n255\n".utf8) + image.pixels
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(try PixelImage(contentsOf: path) == image)
    for bad in [path + ".none", FileManager.default.temporaryDirectory.path, "/dev/zero"] {
      expectError(containing: bad) { try PixelImage(contentsOf: bad) }
    }
    try Data("GIF89a".utf8).write(to: URL(fileURLWithPath: path))
    expectError(containing: "\(path): unsupported image format; supported: JPEG, ") {
      try PixelImage(contentsOf: path)
    }
  }

  @Test func greyAndColour() {
    let steps = stride(from: 0, through: 255, by: 15)
    let colours = steps.flatMap { r in steps.flatMap { g in steps.map { b in (r, g, b) } } }
    let image = PixelImage(
      width: colours.count, height: 1, channels: 3,
      pixels: colours.flatMap { [UInt8($0), UInt8($1), UInt8($2)] })
    #expect(image.converted(toChannels: 3) == image)
    let errors = zip(colours, image.converted(toChannels: 1).pixels).map { colour, grey in
      let luma: Int = 299 * colour.0 + 587 * colour.1 + 114 * colour.2
      return abs(1000 * Int(grey) - luma)
    }
    #expect(errors.allSatisfy { $0 <= 510 })
    let grey = sample(7, 5, 1)
    let colour = grey.converted(toChannels: 3)
    #expect(colour.pixels == grey.pixels.flatMap { [$0, $0, $0] })
    #expect(colour.converted(toChannels: 1) == grey)
  }
}
