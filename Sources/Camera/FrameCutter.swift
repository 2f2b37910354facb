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

  /// What is left at the end of the stream: a frame that is cut off, or nil. `cut` may find more behind it.
  mutating func rest(_ bytes: UnsafeRawBufferPointer) -> Range<Int>? {
    switch self {
    case .raw(let size, let position):
      self = .raw(size: size, position: bytes.count)
      return position < bytes.count ? position..<bytes.count : nil
    case .jpeg(var scanner):
      let frame = scanner.rest(bytes)
      self = .jpeg(scanner)
      return frame
    }
  }

  /// Where the bytes start that it still needs.
  var needed: Int {
    switch self {
    case .raw(_, let position): position
    case .jpeg(let scanner): scanner.needed
    }
  }

  /// Takes note that so many bytes were thrown away.
  mutating func move(by count: Int) {
    switch self {
    case .raw(let size, let position): self = .raw(size: size, position: position - count)
    case .jpeg(var scanner):
      scanner.move(by: count)
      self = .jpeg(scanner)
    }
  }
}
