/// A kind of image files. The list has all that can be told; this build may leave some of them out.
struct ImageFormat: Sendable {
  /// As messages call it.
  let name: String
  /// Endings of files' names, in lower case.
  let fileExtensions: [String]
  /// Whether a file is one, by its first bytes.
  let recognizes: @Sendable (_ bytes: [UInt8]) -> Bool
  /// Grey images have one channel, others three. None where this build leaves the format out.
  let decode: (@Sendable (_ bytes: [UInt8]) throws(ImageError) -> PixelImage)?
  /// What a file of it says of how the camera was held; nothing of formats that cannot say it.
  var tags: @Sendable (_ bytes: [UInt8]) -> OrientationTags = { _ in OrientationTags() }

  static let all: [ImageFormat] = [
    ImageFormat(
      name: "JPEG", fileExtensions: ["jpeg", "jpg"], recognizes: JPEG.recognizes,
      decode: JPEG.decode, tags: JPEG.tags),
    ImageFormat(
      name: "PNG", fileExtensions: ["png"], recognizes: PNG.recognizes, decode: PNG.decode,
      tags: PNG.tags),
    ImageFormat(
      name: "WebP", fileExtensions: ["webp"], recognizes: WebP.recognizes, decode: WebP.decode,
      tags: WebP.tags),
    ImageFormat(
      name: "BMP", fileExtensions: ["bmp"], recognizes: BMP.recognizes, decode: BMP.decode),
    ImageFormat(
      name: "PGM, PPM", fileExtensions: ["pgm", "pnm", "ppm"], recognizes: Netpbm.recognizes,
      decode: Netpbm.decode),
  ]

  /// Those that this build reads.
  static let read = all.filter { $0.decode != nil }

  /// The format of a file's bytes; nil where no format starts so.
  static func of(_ bytes: [UInt8]) -> ImageFormat? { all.first { $0.recognizes(bytes) } }

  /// Decodes an image file.
  static func decode(_ bytes: [UInt8]) throws(ImageError) -> PixelImage {
    if bytes.isEmpty {
      throw ImageError("the file is empty (0 bytes); an image is expected")
    }
    let names = read.map(\.name).joined(separator: ", ")
    guard let format = of(bytes) else {
      throw ImageError("unsupported image format; supported: \(names)")
    }
    guard let decode = format.decode else {
      throw ImageError("this build leaves \(format.name) out; convert the image to one of \(names)")
    }
    return try decode(bytes)
  }

  /// Checks the size of an image of so many bytes a pixel before there is memory for it.
  static func check(width: Int, height: Int, bytes: Int) throws(ImageError) {
    guard width > 0, height > 0 else {
      throw ImageError("an image of \(width) x \(height) pixels, expected at least 1 x 1")
    }
    let (size, overflow) = width.multipliedReportingOverflow(by: height)
    guard !overflow, size <= PixelImage.byteLimit / bytes else {
      throw ImageError(
        "an image of \(width) x \(height) pixels, expected at most \(PixelImage.byteLimit) bytes")
    }
  }
}

extension PixelImage {
  /// Colours of a palette of 256 times red, green and blue; the first row of the indices is the lowest one unless `isTopDown`.
  init(width: Int, height: Int, indices: [UInt8], palette: [UInt8], isTopDown: Bool = true) {
    var pixels = [UInt8](repeating: 0, count: 3 * indices.count)
    for row in 0..<height {
      let line = (isTopDown ? row : height - 1 - row) * width
      for column in 0..<width {
        let (from, to) = (3 * Int(indices[line + column]), 3 * (row * width + column))
        for channel in 0..<3 { pixels[to + channel] = palette[from + channel] }
      }
    }
    self.init(width: width, height: height, channels: 3, pixels: pixels)
  }
}

extension [UInt8] {
  /// A number of `count` bytes, the lowest first; nil where they are not all there.
  func little(at place: Int, _ count: Int) -> Int? {
    guard place >= 0, place <= self.count - count else { return nil }
    return self[place..<place + count].reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  /// A number of `count` bytes, the highest first.
  func big(at place: Int, _ count: Int) -> Int? {
    guard place >= 0, place <= self.count - count else { return nil }
    return self[place..<place + count].reduce(0) { $0 << 8 | Int($1) }
  }
}
