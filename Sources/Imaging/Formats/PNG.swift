#if SWIFTLET_PNG_WEBP
  import CSwiftletPNG
#endif

/// PNG files, through libpng, to the bytes that Pillow's `convert` gives: transparency is left out, of 16 bits a sample the high
/// byte stays, and grey of 16 bits is cut off at 255. Of an animation it is the picture that viewers without animations show.
enum PNG {
  private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  @Sendable static func recognizes(_ bytes: [UInt8]) -> Bool { bytes.starts(with: signature) }

  /// What an eXIf and an uncompressed iTXt chunk say; the last ones, wherever they stand.
  @Sendable static func tags(_ bytes: [UInt8]) -> OrientationTags {
    let (exif, xmp) = (Array("eXIf".utf8), Array("iTXtXML:com.adobe.xmp\0\0".utf8))
    var tags = OrientationTags()
    var place = signature.count
    while let length = bytes.big(at: place, 4), length <= bytes.count - place - 12 {
      let chunk = bytes[place + 4..<place + 8 + length]
      if chunk.starts(with: exif) {
        tags.exif = Array(chunk.dropFirst(exif.count))
      } else if chunk.starts(with: xmp) {
        tags.xmp = Array(chunk.dropFirst(xmp.count))
      }
      place += 12 + length
    }
    return tags
  }

  #if SWIFTLET_PNG_WEBP
    static let decode: (@Sendable ([UInt8]) throws(ImageError) -> PixelImage)? = decodePixels

    @Sendable private static func decodePixels(_ bytes: [UInt8]) throws(ImageError) -> PixelImage {
      guard let decoder = swl_png_create() else { throw ImageError("no memory for a PNG decoder") }
      defer { swl_png_destroy(decoder) }
      func failure() -> ImageError {
        ImageError("PNG: \(String(cString: swl_png_message(decoder)))")
      }
      // The decoder keeps a pointer to the bytes from its first call to its second.
      let result = bytes.withUnsafeBufferPointer { bytes -> Result<PixelImage, ImageError> in
        do throws(ImageError) {
          var shape = swl_png_shape()
          let limit = Int64(PixelImage.byteLimit)
          guard swl_png_open(decoder, bytes.baseAddress, bytes.count, limit, &shape) == 0 else {
            throw failure()
          }
          let (width, height) = (Int(shape.width), Int(shape.height))
          try ImageFormat.check(
            width: width, height: height, bytes: shape.has_palette != 0 ? 3 : Int(shape.bytes))
          let size = width * height * Int(shape.bytes)
          let pixels = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            if swl_png_read(decoder, buffer.baseAddress) == 0 { count = size }
          }
          guard !pixels.isEmpty else { throw failure() }
          return .success(image(of: pixels, shape))
        } catch {
          return .failure(error)
        }
      }
      return try result.get()
    }

    private static func image(of samples: [UInt8], _ shape: swl_png_shape) -> PixelImage {
      let (width, height) = (Int(shape.width), Int(shape.height))
      if shape.has_palette != 0 {
        return PixelImage(
          width: width, height: height, indices: samples,
          palette: withUnsafeBytes(of: shape.palette) { Array($0) })
      }
      let isDeep = shape.bytes == 2
      return PixelImage(
        width: width, height: height, channels: isDeep ? 1 : Int(shape.bytes),
        pixels: !isDeep
          ? samples
          : stride(from: 0, to: samples.count, by: 2).map {
            samples[$0] == 0 ? samples[$0 + 1] : 255
          })
    }
  #else
    static let decode: (@Sendable ([UInt8]) throws(ImageError) -> PixelImage)? = nil
  #endif
}
