import Foundation
import SwiftletImaging

/// A Python with Pillow, found through the environment variable SWIFTLET_PYTHON.
enum Pillow {
  static let python = ProcessInfo.processInfo.environment["SWIFTLET_PYTHON"]

  static let isAvailable =
    python != nil && (try? run("import PIL; print(1)")) == [UInt8]("1\n".utf8)

  /// Runs a script; returns what it prints.
  static func run(_ script: String, _ arguments: String...) throws -> [UInt8] {
    try output(of: ["-c", script] + arguments)
  }

  /// Runs the script in a file.
  static func run(file: String) throws -> [UInt8] { try output(of: [file]) }

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

  /// The sample images, and the sizes that they are brought to, as Python sees them. `digest` is FNV-1a.
  static let prelude = """
    import sys
    from PIL import Image
    def sample(w, h, c):
        data = bytes(((x * 37) ^ (y * 91) ^ (k * 53) + x * y * 7 + (x * x >> 1)) & 255
                     for y in range(h) for x in range(w) for k in range(c))
        return Image.frombytes("L" if c == 1 else "RGB", (w, h), data)
    def digest(data, state=0xcbf29ce484222325):
        for byte in data:
            state = ((state ^ byte) * 0x100000001b3) & 0xffffffffffffffff
        return state
    sizes = [(1, 1), (2, 3), (7, 5), (16, 16), (33, 21), (100, 37)]
    targets = [(1, 1), (5, 4), (16, 9), (9, 16), (33, 21), (64, 41)]
    # torchvision's Resize and CenterCrop.
    def transform(im, resize, height, width, f, c):
        im = im.convert("L" if c == 1 else "RGB")
        w, h = im.size
        longer = int(resize * max(w, h) / min(w, h))
        size = (resize, longer) if w <= h else (longer, resize)
        if im.size != size:
            im = im.resize(size, f)
        w, h = im.size
        if width > w or height > h:
            padded = Image.new(im.mode, (max(w, width), max(h, height)))
            padded.paste(im, (max(0, (width - w) // 2), max(0, (height - h) // 2)))
            im = padded
            w, h = im.size
        top, left = int(round((h - height) / 2.0)), int(round((w - width) / 2.0))
        return im.crop((left, top, left + width, top + height))

    """
}

/// The same image as Python's `sample`.
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
