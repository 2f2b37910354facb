/// PGM and PPM files: P2, P3 (text), P5 and P6 (binary), up to 255 as the largest value.
enum Netpbm {
  @Sendable static func recognizes(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 3 && bytes[0] == UInt8(ascii: "P")
      && [UInt8]("2356".utf8).contains(bytes[1]) && (isSpace(bytes[2]) || bytes[2] == hash)
  }

  @Sendable static func decode(_ bytes: [UInt8]) throws(ImageError) -> PixelImage {
    let kind = bytes[1]
    let channels = kind == UInt8(ascii: "3") || kind == UInt8(ascii: "6") ? 3 : 1
    var reader = Reader(bytes: bytes, position: 2)
    let width = try reader.number("width", limit: PixelImage.byteLimit)
    let height = try reader.number("height", limit: PixelImage.byteLimit)
    let largest = try reader.number("largest value", limit: 65535)
    guard (1...255).contains(largest) else {
      throw ImageError(
        "a largest value of \(largest), expected 1...255: convert the image to 8 bits a channel")
    }
    try ImageFormat.check(width: width, height: height, bytes: channels)
    let count = width * height * channels
    let isText = kind == UInt8(ascii: "2") || kind == UInt8(ascii: "3")
    var pixels = try isText ? reader.values(count, largest: largest) : reader.data(count)
    if largest < 255 {
      // As Pillow does: of the values that are too large, text is refused and binary data saturates.
      for index in pixels.indices { pixels[index] = scaled(pixels[index], largest) }
    }
    return PixelImage(width: width, height: height, channels: channels, pixels: pixels)
  }

  /// round(255 * value / largest), halves to even.
  private static func scaled(_ value: UInt8, _ largest: Int) -> UInt8 {
    let (quotient, rest) = (255 * Int(value)).quotientAndRemainder(dividingBy: largest)
    let isUp = 2 * rest > largest || (2 * rest == largest && quotient % 2 == 1)
    return UInt8(min(255, quotient + (isUp ? 1 : 0)))
  }

  private static let hash = UInt8(ascii: "#")

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

  private struct Reader {
    let bytes: [UInt8]
    var position: Int

    /// The number after white space and comments.
    mutating func number(_ what: String, limit: Int) throws(ImageError) -> Int {
      skipSpace()
      let start = position
      var value = 0
      while position < bytes.count, (48...57).contains(bytes[position]) {
        value = 10 * value + Int(bytes[position] - 48)
        guard value <= limit else {
          throw ImageError("the \(what) at byte \(start) is too large, expected at most \(limit)")
        }
        position += 1
      }
      guard position > start else {
        throw ImageError(
          position < bytes.count
            ? "no number at byte \(start), expected the \(what)"
            : "cut off at byte \(start), expected the \(what)")
      }
      return value
    }

    /// `count` numbers.
    mutating func values(_ count: Int, largest: Int) throws(ImageError) -> [UInt8] {
      guard count <= bytes.count - position else {
        throw ImageError("cut off: \(count) values expected after byte \(position)")
      }
      var values: [UInt8] = []
      values.reserveCapacity(count)
      for index in 0..<count {
        values.append(UInt8(try number("value \(index) of \(count)", limit: largest)))
      }
      return values
    }

    /// `count` bytes after one white-space character.
    mutating func data(_ count: Int) throws(ImageError) -> [UInt8] {
      guard position < bytes.count, isSpace(bytes[position]) else {
        throw ImageError("no white space at byte \(position), expected one before the pixels")
      }
      let start = position + 1
      guard count <= bytes.count - start else {
        throw ImageError(
          "cut off: \(bytes.count - start) bytes of pixels, expected \(count)")
      }
      return Array(bytes[start..<start + count])
    }

    private mutating func skipSpace() {
      while position < bytes.count {
        if bytes[position] == hash {
          while position < bytes.count, bytes[position] != 10, bytes[position] != 13 {
            position += 1
          }
        } else if isSpace(bytes[position]) {
          position += 1
        } else {
          return
        }
      }
    }
  }
}
