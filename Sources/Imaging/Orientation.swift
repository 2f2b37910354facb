/// How a camera held a picture, by the data that its file has on it.
public enum Orientation {
  fileprivate static let exifName = Array("Exif\0\0".utf8)
  private static let xmpName = Array("http://ns.adobe.com/xap/1.0/\0".utf8)

  /// The orientation that a JPEG file states, 1...8; 1, upright, where it states none. As Pillow reads it: what EXIF data say,
  /// of which there may be several parts, goes before the last XMP data.
  public static func stated(inFile bytes: [UInt8]) -> Int {
    guard JPEG.recognizes(bytes) else { return 1 }
    var exif: [UInt8]?
    var xmp: [UInt8] = []
    var position = 2
    while position + 4 <= bytes.count, bytes[position] == 0xFF {
      let (marker, length) = (
        bytes[position + 1], Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
      )
      if marker == 0xDA { break }
      let end = position + 2 + length
      guard length >= 2, end <= bytes.count else { break }
      let content = bytes[position + 4..<end]
      if marker == 0xE1, content.starts(with: exifName) {
        exif = (exif ?? []) + content.dropFirst(exifName.count)
      } else if marker == 0xE1, content.starts(with: xmpName) {
        xmp = Array(content.dropFirst(xmpName.count))
      }
      position = end
    }
    let value: Int
    if let exif {
      guard let data = TIFFData(exif) else { return 1 }
      value = data.orientation ?? attribute(in: xmp) ?? 1
    } else {
      value = attribute(in: xmp) ?? 1
    }
    return (1...8).contains(value) ? value : 1
  }

  /// The digit of `tiff:Orientation="6"` or `<tiff:Orientation>6`, the first of them in the text.
  private static func attribute(in xmp: [UInt8]) -> Int? {
    let name = Array("tiff:Orientation".utf8)
    for start in xmp.indices where xmp[start...].starts(with: name) {
      let rest = xmp[(start + name.count)...]
      guard let mark = ["=\"", ">"].first(where: { rest.starts(with: $0.utf8) }),
        let digit = rest.dropFirst(mark.utf8.count).first,
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit)
      else { continue }
      return Int(digit - UInt8(ascii: "0"))
    }
    return nil
  }
}

/// EXIF data: a TIFF file without an image.
private struct TIFFData {
  private let bytes: [UInt8]
  private let isLittle: Bool

  /// Bytes of one value by the type's number: SHORT, LONG, SBYTE, SSHORT, SLONG and IFD. Pillow does not take numbers of type
  /// BYTE, UNDEFINED or ASCII for an orientation.
  private static let sizes = [3: 2, 4: 4, 6: 1, 8: 2, 9: 4, 13: 4]

  init?(_ content: [UInt8]) {
    let name = Orientation.exifName
    bytes = content.starts(with: name) ? Array(content.dropFirst(name.count)) : content
    isLittle = bytes.starts(with: [0x49, 0x49])
    guard isLittle || bytes.starts(with: [0x4D, 0x4D]) else { return nil }
  }

  /// Tag 274 of the first directory.
  var orientation: Int? {
    guard let directory = number(at: 4, 4), let count = number(at: directory, 2) else { return nil }
    for entry in 0..<count {
      let place = directory + 2 + 12 * entry
      guard let tag = number(at: place, 2) else { return nil }
      guard tag == 274, let type = number(at: place + 2, 2),
        let values = number(at: place + 4, 4), values > 0
      else { continue }
      guard let size = Self.sizes[type] else { return 1 }
      return size * values > 4
        ? number(at: place + 8, 4).flatMap { number(at: $0, size) } : number(at: place + 8, size)
    }
    return nil
  }

  private func number(at place: Int, _ count: Int) -> Int? {
    guard place >= 0, place + count <= bytes.count else { return nil }
    let part = bytes[place..<place + count]
    return isLittle
      ? part.reversed().reduce(0) { $0 << 8 | Int($1) } : part.reduce(0) { $0 << 8 | Int($1) }
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
