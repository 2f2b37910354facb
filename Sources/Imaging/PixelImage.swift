/// A decoded image: 8 bits a channel, grey or RGB.
public struct PixelImage: Sendable, Equatable {
  /// The largest number of bytes of an image's pixels.
  public static let byteLimit = 1 << 28

  /// Pixels of a row, at least 1.
  public let width: Int
  /// Rows, at least 1.
  public let height: Int
  /// 1 (grey) or 3 (red, green, blue).
  public let channels: Int
  /// `[height, width, channels]`, row-major.
  public let pixels: [UInt8]

  /// Creates an image; the number of pixels must be what the other arguments say.
  public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
    precondition(width > 0 && height > 0 && (channels == 1 || channels == 3), "an image's shape")
    precondition(pixels.count == width * height * channels, "as many pixels as the shape has")
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }

  /// Decodes an image file, whose first bytes say what it is: JPEG, PNG, WebP, BMP, PGM or PPM. An orientation in its EXIF data is
  /// ignored, and so is transparency.
  ///
  /// - Throws: `ImageError` if the file cannot be read, is of another format, damaged, or too large.
  public init(contentsOf path: String) throws(ImageError) { self = try Self.read(path).image }

  /// The name of the format of image files that begin so; nil where none does.
  package static func formatName(of beginning: [UInt8]) -> String? {
    ImageFormat.of(beginning)?.name
  }

  /// The image in a file, as it is stored, and the orientation that its EXIF data states.
  package static func read(
    _ path: String
  ) throws(ImageError) -> (image: PixelImage, orientation: Int) {
    let bytes = try FileBytes.read(path)
    do throws(ImageError) {
      return (try PixelImage(decoding: bytes), Orientation.stated(inFile: bytes))
    } catch {
      throw ImageError("\(path): \(error.description)")
    }
  }

  /// Decodes the bytes of an image file.
  ///
  /// - Throws: `ImageError` if they are of a format that is not supported, damaged, or too large.
  public init(decoding bytes: [UInt8]) throws(ImageError) { self = try ImageFormat.decode(bytes) }

  /// The image with one channel or three: Pillow's `convert("L")` and `convert("RGB")`.
  public func converted(toChannels count: Int) -> PixelImage {
    precondition(count == 1 || count == 3, "grey or RGB")
    guard count != channels else { return self }
    let size = width * height
    var pixels = [UInt8](repeating: 0, count: size * count)
    if channels == 3 {
      makeGrey(&pixels)
    } else {
      for index in 0..<size {
        for channel in 0..<3 { pixels[3 * index + channel] = self.pixels[index] }
      }
    }
    return PixelImage(width: width, height: height, channels: count, pixels: pixels)
  }

  /// Fills `grey`, which has one element a pixel, with a colour image's.
  func makeGrey(_ grey: inout [UInt8]) {
    precondition(channels == 3 && grey.count == width * height, "one element a pixel of colour")
    pixels.withUnsafeBufferPointer { pixels in
      for index in grey.indices {
        let r = Int(pixels[3 * index])
        let g = Int(pixels[3 * index + 1])
        let b = Int(pixels[3 * index + 2])
        let luma: Int = 19595 * r + 38470 * g + 7471 * b + 0x8000
        grey[index] = UInt8(luma >> 16)
      }
    }
  }
}
