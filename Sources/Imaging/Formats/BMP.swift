/// BMP files, to the bytes that Pillow decodes them to: 1, 4 and 8 bits with a palette, plain or run-length encoded, 16, 24 and 32
/// bits; alpha is left out.
enum BMP {
  @Sendable static func recognizes(_ bytes: [UInt8]) -> Bool { bytes.starts(with: "BM".utf8) }

  private static let headerSizes: Set<Int> = [12, 40, 52, 56, 64, 108, 124]
  private static let depths: Set<Int> = [1, 4, 8, 16, 24, 32]
  /// Values of the field for compression.
  private enum Compression: Int { case none = 0, runs8, runs4, masks }

  private struct Header {
    var width, height, depth: Int
    var compression = Compression.none
    var isTopDown = false
    /// Of the palette: colours, bytes of each.
    var colours, colourBytes: Int
    let size: Int
    var paletteStart: Int { 14 + size }
  }

  @Sendable static func decode(_ bytes: [UInt8]) throws(ImageError) -> PixelImage {
    let header = try header(of: bytes)
    let (width, height) = (header.width, header.height)
    try ImageFormat.check(width: width, height: height, bytes: 3)
    var start = try number(bytes, 10, 4)
    // What has a palette and says that its pixels start in place of it.
    if start == header.paletteStart || start == 0 {
      let masks = header.compression == .masks && header.size == 40 ? 12 : 0
      let palette = header.depth <= 8 ? header.colours * header.colourBytes : 0
      start = header.paletteStart + palette + (start == 0 ? masks : 0)
    }
    return header.depth > 8
      ? PixelImage(
        width: width, height: height, channels: 3, pixels: try colours(bytes, header, start))
      : try indexed(bytes, header, start)
  }

  private static func number(
    _ bytes: [UInt8], _ place: Int, _ count: Int
  ) throws(ImageError) -> Int {
    guard let value = bytes.little(at: place, count) else { throw ImageError("BMP: truncated") }
    return value
  }

  private static func header(of bytes: [UInt8]) throws(ImageError) -> Header {
    let size = try number(bytes, 14, 4)
    guard headerSizes.contains(size) else {
      throw ImageError("BMP: a header of \(size) bytes, expected \(headerSizes.sorted())")
    }
    let isOld = size == 12
    let depth = try number(bytes, isOld ? 24 : 28, 2)
    guard depths.contains(depth) else {
      throw ImageError("BMP: \(depth) bits a pixel, expected \(depths.sorted())")
    }
    if isOld {
      return Header(
        width: try number(bytes, 18, 2), height: try number(bytes, 20, 2), depth: depth,
        colours: 1 << depth, colourBytes: 3, size: size)
    }
    let code = try number(bytes, 30, 4)
    let compression = Compression(rawValue: code)
    guard let compression else {
      throw ImageError("BMP: compression \(code), expected 0 to 3: convert the image to PNG")
    }
    guard compression == .none || (compression == .masks) == (depth > 8) else {
      throw ImageError("BMP: compression \(code) of \(depth) bits a pixel")
    }
    let height = try number(bytes, 22, 4)
    let isTopDown = height >> 24 == 0xFF
    let colours = try number(bytes, 46, 4)
    guard depth > 8 || colours <= 65536 else {
      throw ImageError("BMP: a palette of \(colours) colours, expected at most 65536")
    }
    return Header(
      width: try number(bytes, 18, 4), height: isTopDown ? 1 << 32 - height : height, depth: depth,
      compression: compression, isTopDown: isTopDown, colours: colours == 0 ? 1 << depth : colours,
      colourBytes: 4, size: size)
  }

  /// Bytes between rows, each of which starts at a multiple of four.
  private static func stride(_ header: Header) -> Int {
    (header.width * header.depth + 31) / 32 * 4
  }

  /// Checks that all rows are there, but for what fills up the last one.
  private static func checkRows(
    _ bytes: [UInt8], _ header: Header, _ start: Int
  ) throws(ImageError) {
    let last = (header.width * header.depth + 7) / 8
    let wanted = (header.height - 1) * stride(header) + last
    guard wanted <= bytes.count - start else {
      throw ImageError(
        "BMP: truncated: \(max(0, bytes.count - start)) bytes of pixels, expected \(wanted)")
    }
  }

  /// Pixels of 16, 24 or 32 bits.
  private static func colours(
    _ bytes: [UInt8], _ header: Header, _ start: Int
  ) throws(ImageError) -> [UInt8] {
    try checkRows(bytes, header, start)
    let (step, stride) = (header.depth / 8, stride(header))
    let fields = try masks(bytes, header).map { mask in
      let shift = mask.trailingZeroBitCount
      return (shift: shift, largest: mask >> shift)
    }
    var pixels = [UInt8](repeating: 0, count: 3 * header.width * header.height)
    for row in 0..<header.height {
      let line = start + (header.isTopDown ? row : header.height - 1 - row) * stride
      for column in 0..<header.width {
        var value = 0
        for byte in 0..<step { value |= Int(bytes[line + column * step + byte]) << (8 * byte) }
        for channel in 0..<3 {
          let (shift, largest) = fields[channel]
          pixels[3 * (row * header.width + column) + channel] = UInt8(
            (value >> shift & largest) * 255 / largest)
        }
      }
    }
    return pixels
  }

  /// The bits of red, green and blue in a pixel.
  private static func masks(_ bytes: [UInt8], _ header: Header) throws(ImageError) -> [Int] {
    let bytewise = [0xFF0000, 0xFF00, 0xFF]
    let usual = header.depth == 16 ? [0x7C00, 0x3E0, 0x1F] : bytewise
    guard header.compression == .masks else { return usual }
    let masks = [
      try number(bytes, 54, 4), try number(bytes, 58, 4), try number(bytes, 62, 4),
    ]
    let known: [[Int]] =
      switch header.depth {
      case 16: [usual, [0xF800, 0x7E0, 0x1F]]
      case 24: [usual]
      default:
        [
          usual, [0xFF00_0000, 0xFF0000, 0xFF00], [0xFF00_0000, 0xFF00, 0xFF],
          [0xFF, 0xFF00, 0xFF0000], [0, 0, 0],
        ]
      }
    guard known.contains(masks) else {
      throw ImageError(
        "BMP: colours in the bits \(masks.map { String($0, radix: 16) }) of \(header.depth), which are not read: convert the image to PNG"
      )
    }
    return masks == [0, 0, 0] ? usual : masks
  }

  /// Pixels of a palette; black behind its end.
  private static func indexed(
    _ bytes: [UInt8], _ header: Header, _ start: Int
  ) throws(ImageError) -> PixelImage {
    var palette = [UInt8](repeating: 0, count: 3 * 256)
    for colour in 0..<min(256, header.colours) {
      let place = header.paletteStart + colour * header.colourBytes
      guard place + 3 <= bytes.count else { throw ImageError("BMP: truncated in its palette") }
      for channel in 0..<3 { palette[3 * colour + channel] = bytes[place + 2 - channel] }
    }
    if header.compression == .none { try checkRows(bytes, header, start) }
    let indices =
      header.compression == .none
      ? unpacked(bytes, header, start) : try unrolled(bytes, header, start)
    return PixelImage(
      width: header.width, height: header.height, indices: indices, palette: palette,
      isTopDown: header.isTopDown)
  }

  /// The indices of plain rows, as they are stored.
  private static func unpacked(_ bytes: [UInt8], _ header: Header, _ start: Int) -> [UInt8] {
    let (depth, stride) = (header.depth, stride(header))
    let mask = UInt8(truncatingIfNeeded: 1 << depth - 1)
    var indices: [UInt8] = []
    indices.reserveCapacity(header.width * header.height)
    for row in 0..<header.height {
      for bit in Swift.stride(from: 0, to: header.width * depth, by: depth) {
        let byte = bytes[start + row * stride + bit / 8]
        indices.append(byte >> UInt8(8 - depth - bit % 8) & mask)
      }
    }
    return indices
  }

  /// The indices of run-length encoded rows, as they are stored.
  private static func unrolled(
    _ bytes: [UInt8], _ header: Header, _ start: Int
  ) throws(ImageError) -> [UInt8] {
    let (width, size) = (header.width, header.width * header.height)
    let isNibbles = header.compression == .runs4
    var indices: [UInt8] = []
    indices.reserveCapacity(size)
    var (place, column) = (start, 0)
    func index(_ byte: UInt8, _ count: Int) -> UInt8 {
      isNibbles ? count % 2 == 0 ? byte >> 4 : byte & 15 : byte
    }
    while indices.count < size, place + 2 <= bytes.count {
      let (count, byte) = (Int(bytes[place]), bytes[place + 1])
      place += 2
      switch (count, byte) {
      case (1..., _):
        let run = max(0, min(count, width - column))
        for position in 0..<min(run, size - indices.count) { indices.append(index(byte, position)) }
        column += run
      case (_, 0):
        let rest = indices.count % width
        if rest > 0 { indices += repeatElement(0, count: width - rest) }
        column = 0
      case (_, 1): place = bytes.count
      case (_, 2):
        guard let right = bytes.little(at: place, 1), let up = bytes.little(at: place + 1, 1) else {
          place = bytes.count
          break
        }
        let skipped = right + up * width
        indices += repeatElement(0, count: min(size - indices.count, skipped))
        column = indices.count % width
        place += 2
      default:
        let literal = min(size - indices.count, Int(byte))
        let length = isNibbles ? (literal + 1) / 2 : literal
        guard length <= bytes.count - place else {
          place = bytes.count
          break
        }
        for position in 0..<literal {
          indices.append(index(bytes[place + (isNibbles ? position / 2 : position)], position))
        }
        column += Int(byte)
        // Files are read by pairs of bytes.
        place += length
        place += place % 2
      }
    }
    guard indices.count == size else {
      throw ImageError("BMP: \(indices.count) run-length encoded pixels, expected \(size)")
    }
    return indices
  }
}
