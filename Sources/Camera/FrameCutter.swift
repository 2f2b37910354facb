#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Finds frames in a stream of bytes. It counts bytes from where its user last threw bytes away.
enum FrameCutter {
  /// Frames of one size, one after the other.
  case raw(size: Int, position: Int)
  case jpeg(JPEGScanner)

  /// The next frame that is complete in these bytes, or nil.
  mutating func cut(_ bytes: UnsafeRawBufferPointer) -> Range<Int>? {
    switch self {
    case .raw(let size, let position):
      guard bytes.count - position >= size else { return nil }
      self = .raw(size: size, position: position + size)
      return position..<position + size
    case .jpeg(var scanner):
      let frame = scanner.cut(bytes)
      self = .jpeg(scanner)
      return frame
    }
  }

  /// What is left at the end of the stream: a frame that is cut off, or nil.
  mutating func rest(_ bytes: UnsafeRawBufferPointer) -> Range<Int>? {
    switch self {
    case .raw(let size, let position):
      self = .raw(size: size, position: bytes.count)
      return position < bytes.count ? position..<bytes.count : nil
    case .jpeg(let scanner):
      var after = JPEGScanner()
      after.position = bytes.count
      self = .jpeg(after)
      return scanner.start.map { $0..<bytes.count }
    }
  }

  /// Where the bytes start that it still needs.
  var needed: Int {
    switch self {
    case .raw(_, let position): position
    case .jpeg(let scanner): scanner.start ?? scanner.position
    }
  }

  /// Takes note that so many bytes were thrown away.
  mutating func move(by count: Int) {
    switch self {
    case .raw(let size, let position): self = .raw(size: size, position: position - count)
    case .jpeg(var scanner):
      scanner.start? -= count
      scanner.position -= count
      self = .jpeg(scanner)
    }
  }
}

/// Finds JPEG files that follow each other, by their markers: an image inside a segment (a thumbnail) ends no frame, and
/// what lies between files is passed over.
struct JPEGScanner {
  private enum Place { case between, segments, entropy }

  /// Where the file begins that is being read.
  fileprivate(set) var start: Int?
  /// Up to where bytes have been seen.
  fileprivate(set) var position = 0
  private var place = Place.between

  mutating func cut(_ bytes: UnsafeRawBufferPointer) -> Range<Int>? {
    while true {
      switch place {
      case .between:
        guard findStart(bytes) else { return nil }
      case .segments:
        // Any number of 0xFF may stand before a marker.
        while position + 1 < bytes.count, bytes[position] == 0xFF, bytes[position + 1] == 0xFF {
          position += 1
        }
        guard position + 1 < bytes.count else { return nil }
        guard bytes[position] == 0xFF, let start else {
          restart()
          continue
        }
        switch bytes[position + 1] {
        case 0xD9:
          position += 2
          return end(at: position, from: start)
        case 0xD8:
          // The file before has no end; the next one begins here.
          return end(at: position, from: start)
        case 0x01, 0xD0...0xD7: position += 2
        case let marker:
          guard position + 3 < bytes.count else { return nil }
          let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
          guard length >= 2, marker >= 0xC0 else {
            restart()
            continue
          }
          position += 2 + length
          if marker == 0xDA { place = .entropy }
        }
      case .entropy:
        guard findMarker(bytes) else { return nil }
        place = .segments
      }
    }
  }

  private mutating func end(at position: Int, from start: Int) -> Range<Int> {
    self.start = nil
    place = .between
    return start..<position
  }

  /// Looks for a file from behind the beginning of this one, which is none.
  private mutating func restart() {
    position = (start ?? position) + 2
    start = nil
    place = .between
  }

  /// Goes to the next 0xFFD8FF.
  private mutating func findStart(_ bytes: UnsafeRawBufferPointer) -> Bool {
    while find(0xFF, in: bytes) {
      guard position + 2 < bytes.count else { return false }
      if bytes[position + 1] == 0xD8, bytes[position + 2] == 0xFF {
        start = position
        position += 2
        place = .segments
        return true
      }
      position += 1
    }
    return false
  }

  /// Goes to the next marker in compressed data that does not belong to it.
  private mutating func findMarker(_ bytes: UnsafeRawBufferPointer) -> Bool {
    while find(0xFF, in: bytes) {
      guard position + 1 < bytes.count else { return false }
      switch bytes[position + 1] {
      case 0x00, 0xD0...0xD7: position += 2
      case 0xFF: position += 1
      default: return true
      }
    }
    return false
  }

  private mutating func find(_ byte: Int32, in bytes: UnsafeRawBufferPointer) -> Bool {
    guard let base = bytes.baseAddress, position < bytes.count else { return false }
    guard let found = memchr(base + position, byte, bytes.count - position) else {
      position = bytes.count
      return false
    }
    position = base.distance(to: found)
    return true
  }
}
