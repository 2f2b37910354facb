#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Finds JPEG files that follow each other, by their markers: an image inside a segment (a thumbnail) ends no frame, and
/// what lies between files is passed over. A frame that is damaged becomes a frame all the same, for its decoder to refuse
/// and its user to count; so does one that has lost its beginning. Every byte is looked at a few times at most.
struct JPEGScanner {
  /// Where the file begins that is being read.
  private var start: Int?
  /// Up to where bytes have been seen.
  private var position = 0
  /// Whether the file has a segment, and pixels.
  private var (hasSegment, hasPixels) = (false, false)
  /// What the last segment covers if it may hold anything, another file too, as long as nothing has been seen behind it.
  private var hidden: Range<Int>?

  /// Where the bytes start that it still needs.
  var needed: Int { start ?? position }

  /// Takes note that so many bytes were thrown away.
  mutating func move(by count: Int) {
    start? -= count
    position -= count
    hidden = hidden.map { $0.lowerBound - count..<$0.upperBound - count }
  }

  /// The next file that is complete in these bytes, or nil.
  mutating func cut(_ bytes: UnsafeRawBufferPointer) -> Range<Int>? {
    while true {
      guard let start else {
        guard findStart(bytes) else { return nil }
        continue
      }
      guard position + 1 < bytes.count else { return nil }
      // No marker behind a segment: its length is wrong, or there are bytes too many.
      if let range = hidden.take(), !Self.isMarker(bytes, at: position),
        let inner = Self.beginning(in: range, of: bytes)
      {
        return end(at: inner, from: start)
      }
      guard findMarker(bytes) else { return nil }
      switch bytes[position + 1] {
      // Without pixels it is no end.
      case 0xD9 where hasPixels: return end(at: position + 2, from: start)
      case 0xD8 where !hasSegment:
        // A beginning twice.
        self.start = position
        position += 2
      case 0xD8: return end(at: position, from: start)
      case 0..<0xC0, 0xD9: position += 2
      case 0xC0...0xC3 where hasPixels, 0xC5...0xC7 where hasPixels, 0xC9...0xCB where hasPixels,
        0xCD...0xCF where hasPixels:
        // The file behind it has lost its beginning.
        return end(at: position, from: start)
      case let marker:
        guard position + 3 < bytes.count else { return nil }
        let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
        let payload = position + 2..<position + 2 + max(length, 2)
        if marker == 0xFE || marker & 0xF0 == 0xE0 {
          hidden = payload
        } else {
          guard payload.upperBound + 1 < bytes.count else { return nil }
          if let inner = Self.beginning(in: payload, of: bytes) {
            return end(at: inner, from: start)
          }
        }
        hasSegment = true
        hasPixels = hasPixels || marker == 0xDA
        // A length below 2 is none.
        position = length < 2 ? position + 2 : payload.upperBound
      }
    }
  }

  /// What is left at the end of the stream, up to the next beginning; nil of nothing.
  mutating func rest(_ bytes: UnsafeRawBufferPointer) -> Range<Int>? {
    let range = hidden?.lowerBound ?? min(position + 2, bytes.count)
    let inner = Self.beginning(in: range..<bytes.count, of: bytes)
    guard let start else {
      position = bytes.count
      return nil
    }
    return end(at: inner ?? bytes.count, from: start)
  }

  private mutating func end(at position: Int, from start: Int) -> Range<Int> {
    self = JPEGScanner()
    self.position = position
    return start..<position
  }

  /// Goes to the next beginning, or to pixels that have lost theirs.
  private mutating func findStart(_ bytes: UnsafeRawBufferPointer) -> Bool {
    while find(0xFF, in: bytes) {
      guard position + 2 < bytes.count else { return false }
      let isBeginning = Self.isBeginning(bytes, at: position)
      if isBeginning || bytes[position + 1] == 0xDA {
        start = position
        if isBeginning { position += 2 }
        return true
      }
      position += 1
    }
    return false
  }

  /// Goes to the next marker that does not belong to compressed data.
  private mutating func findMarker(_ bytes: UnsafeRawBufferPointer) -> Bool {
    while find(0xFF, in: bytes) {
      guard position + 1 < bytes.count else { return false }
      switch bytes[position + 1] {
      case 0x00, 0xD0...0xD7: position += 2
      // Any number of 0xFF may stand before a marker.
      case 0xFF: position += 1
      default: return true
      }
    }
    return false
  }

  private mutating func find(_ byte: UInt8, in bytes: UnsafeRawBufferPointer) -> Bool {
    guard position < bytes.count else { return false }
    position = Self.find(byte, in: bytes, from: position) ?? bytes.count
    return position < bytes.count
  }

  /// The first beginning in a range, of which one may reach out.
  private static func beginning(
    in range: Range<Int>, of bytes: UnsafeRawBufferPointer
  ) -> Int? {
    var position = range.lowerBound
    while let found = find(0xFF, in: bytes, from: position), found < range.upperBound {
      if isBeginning(bytes, at: found) { return found }
      position = found + 1
    }
    return nil
  }

  private static func find(
    _ byte: UInt8, in bytes: UnsafeRawBufferPointer, from position: Int
  ) -> Int? {
    guard let base = bytes.baseAddress, position < bytes.count,
      let found = memchr(base + position, Int32(byte), bytes.count - position)
    else { return nil }
    return base.distance(to: found)
  }

  private static func isBeginning(_ bytes: UnsafeRawBufferPointer, at position: Int) -> Bool {
    position + 2 < bytes.count && bytes[position] == 0xFF && bytes[position + 1] == 0xD8
      && bytes[position + 2] == 0xFF
  }

  private static func isMarker(_ bytes: UnsafeRawBufferPointer, at position: Int) -> Bool {
    bytes[position] == 0xFF && bytes[position + 1] >= 0xC0
  }
}
