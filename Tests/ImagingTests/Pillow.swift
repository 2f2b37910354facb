import Foundation
import SwiftletImaging
import SwiftletKernels
import SwiftletProgram
import Testing

/// A Python with Pillow, found through the environment variable SWIFTLET_PYTHON.
enum Pillow {
  static let python = ProcessInfo.processInfo.environment["SWIFTLET_PYTHON"]

  static let isAvailable =
    python != nil && (try? output(of: ["-c", "import PIL; print(1)"])) == [UInt8]("1\n".utf8)

  /// The records that `tools/oracle/<name>` writes.
  static func records(of name: String) throws -> Records {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    return Records(
      bytes: try output(of: [tests.appendingPathComponent("../../tools/oracle/\(name)").path]))
  }

  private static func output(of arguments: [String]) throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python ?? "")
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return [UInt8](output)
  }
}

/// A sample image, as tools/oracle/resize-cases.py makes it.
func sample(_ width: Int, _ height: Int, _ channels: Int) -> PixelImage {
  var pixels: [UInt8] = []
  for y in 0..<height {
    for x in 0..<width {
      for k in 0..<channels {
        let wave = (k * 53) + x * y * 7 + ((x * x) >> 1)
        pixels.append(UInt8(truncatingIfNeeded: (x * 37) ^ (y * 91) ^ wave))
      }
    }
  }
  return PixelImage(width: width, height: height, channels: channels, pixels: pixels)
}

let sampleSizes = [(1, 1), (2, 3), (7, 5), (16, 16), (33, 21), (100, 37)]
let targetSizes = [(1, 1), (5, 4), (16, 9), (9, 16), (33, 21), (64, 41)]

/// FNV-1a of 64 bits.
struct Digest {
  var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func update(_ bytes: [UInt8]) {
    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
  }
}

/// Numbers and fields of a file that a script wrote.
struct Records {
  private let content: [UInt8]
  private var position = 0

  init(bytes: [UInt8]) { content = bytes }

  var isAtEnd: Bool { position == content.count }

  mutating func bytes(_ count: Int) throws -> [UInt8] {
    try #require(count <= content.count - position, "the script's output is cut off")
    defer { position += count }
    return Array(content[position..<position + count])
  }

  /// 32 bits, little-endian.
  mutating func number() throws -> Int {
    try bytes(4).reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  mutating func field() throws -> [UInt8] { try bytes(try number()) }
}

extension Preprocessing {
  /// Images of so many channels, whose values stay as they are.
  init(
    resize: Resize, height: Int, width: Int, filter: Interpolation, channels: Int,
    isBGR: Bool = false, crop: Crop = .halvesToEven, border: [UInt8] = []
  ) {
    self.init(
      resize: resize, height: height, width: width, interpolation: filter,
      mean: Array(repeating: 0, count: channels), std: Array(repeating: 1, count: channels),
      isBGR: isBGR, crop: crop, border: border)
  }

  /// The image at the model's size.
  func apply(to image: PixelImage) throws -> PixelImage {
    try PreparedTransform(self).apply(to: image)
  }
}

extension KernelSet {
  var images: ImageKernels { ImageKernels(of: functions) }
}
