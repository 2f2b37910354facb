/// How a camera held a picture, by the data that its file has on it.
public enum Orientation {
  /// The orientation that an image file states, 1...8; 1, upright, where it states none. As Pillow reads it: what EXIF data say
  /// goes before XMP data.
  public static func stated(inFile bytes: [UInt8]) -> Int {
    ImageFormat.of(bytes)?.tags(bytes).orientation ?? 1
  }
}

/// What a file has on the camera.
struct OrientationTags {
  static let exifName = Array("Exif\0\0".utf8)

  /// A TIFF file without an image.
  var exif: [UInt8]?
  /// XML text; empty where there is none.
  var xmp: [UInt8] = []

  /// 1...8.
  var orientation: Int {
    let value: Int
    if let exif {
      guard let data = TIFFData(exif) else { return 1 }
      value = data.orientation ?? attribute ?? 1
    } else {
      value = attribute ?? 1
    }
    return (1...8).contains(value) ? value : 1
  }

  /// The digit of `tiff:Orientation="6"` or `<tiff:Orientation>6`, the first of them in the text.
  private var attribute: Int? {
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
    let name = OrientationTags.exifName
    var rest = content[...]
    while rest.starts(with: name) { rest = rest.dropFirst(name.count) }
    bytes = Array(rest)
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
    isLittle ? bytes.little(at: place, count) : bytes.big(at: place, count)
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
