/// How a camera held a picture, by its EXIF data.
public enum Orientation {
  /// The orientation that a JPEG file's EXIF data states, 1...8; 1, upright, where it states none.
  public static func stated(inFile bytes: [UInt8]) -> Int {
    guard JPEG.recognizes(bytes) else { return 1 }
    var position = 2
    while position + 4 <= bytes.count, bytes[position] == 0xFF {
      let (marker, length) = (
        bytes[position + 1], Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
      )
      if marker == 0xDA { break }
      let end = position + 2 + length
      guard length >= 2, end <= bytes.count else { break }
      let content = bytes[position + 4..<end]
      if marker == 0xE1, content.starts(with: [0x45, 0x78, 0x69, 0x66, 0, 0]) {
        return tag(in: Array(content.dropFirst(6))) ?? 1
      }
      position = end
    }
    return 1
  }

  /// Tag 274 of the first directory of TIFF data.
  private static func tag(in tiff: [UInt8]) -> Int? {
    let isLittle = tiff.starts(with: [0x49, 0x49])
    guard isLittle || tiff.starts(with: [0x4D, 0x4D]) else { return nil }
    func number(_ place: Int, _ count: Int) -> Int? {
      guard place >= 0, place + count <= tiff.count else { return nil }
      let bytes = tiff[place..<place + count]
      return isLittle
        ? bytes.reversed().reduce(0) { $0 << 8 | Int($1) } : bytes.reduce(0) { $0 << 8 | Int($1) }
    }
    guard let directory = number(4, 4), let count = number(directory, 2) else { return nil }
    for entry in 0..<count {
      let place = directory + 2 + 12 * entry
      guard let tag = number(place, 2) else { return nil }
      guard tag == 274 else { continue }
      return number(place + 8, 2).flatMap { (1...8).contains($0) ? $0 : nil }
    }
    return nil
  }
}

extension PixelImage {
  /// The image turned upright, as Pillow's `ImageOps.exif_transpose` does (Exif 2.32, section 4.6.4, tag 274: which side of the
  /// picture the first row and the first column are).
  ///
  /// - Parameter orientation: 1...8; 1 is upright already.
  /// - Returns: an image with sides that change places where `orientation` is 5 or more.
  public func turnedUpright(from orientation: Int) -> PixelImage {
    precondition((1...8).contains(orientation), "an EXIF orientation")
    guard orientation > 1 else { return self }
    let isTransposed = orientation > 4
    let mirrorsColumns = [2, 3, 7, 8].contains(orientation)
    let mirrorsRows = [3, 4, 6, 7].contains(orientation)
    let (newWidth, newHeight) = isTransposed ? (height, width) : (width, height)
    let turned = [UInt8](unsafeUninitializedCapacity: pixels.count) { turned, count in
      var place = 0
      for y in 0..<newHeight {
        for x in 0..<newWidth {
          let (column, row) = isTransposed ? (y, x) : (x, y)
          let source =
            (mirrorsRows ? height - 1 - row : row) * width
            + (mirrorsColumns ? width - 1 - column : column)
          for channel in 0..<channels {
            turned[place] = pixels[source * channels + channel]
            place += 1
          }
        }
      }
      count = place
    }
    return PixelImage(width: newWidth, height: newHeight, channels: channels, pixels: turned)
  }
}
