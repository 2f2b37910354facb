#if SWIFTLET_PNG_WEBP
  import CSwiftletWebP
#endif

/// WebP files, through libwebp, to the bytes that Pillow's `convert` gives: transparency is left out. Of an animation it is the
/// first picture, on black.
enum WebP {
  @Sendable static func recognizes(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: "RIFF".utf8) && bytes.dropFirst(8).starts(with: "WEBP".utf8)
  }

  /// What the EXIF and the XMP chunk say.
  @Sendable static func tags(_ bytes: [UInt8]) -> OrientationTags {
    OrientationTags(exif: chunk("EXIF", in: bytes), xmp: chunk("XMP ", in: bytes) ?? [])
  }

  /// The content of the first chunk of that name.
  private static func chunk(_ name: String, in bytes: [UInt8]) -> [UInt8]? {
    var place = 12
    while let length = bytes.little(at: place + 4, 4), length <= bytes.count - place - 8 {
      if bytes[place...].starts(with: name.utf8) {
        return Array(bytes[place + 8..<place + 8 + length])
      }
      place += 8 + length + length % 2
    }
    return nil
  }

  #if SWIFTLET_PNG_WEBP
    static let decode: (@Sendable ([UInt8]) throws(ImageError) -> PixelImage)? = decodePixels

    @Sendable private static func decodePixels(_ bytes: [UInt8]) throws(ImageError) -> PixelImage {
      guard let length = bytes.little(at: 4, 4), length <= bytes.count - 8 else {
        throw ImageError("WebP: truncated")
      }
      let features = try features(of: bytes)
      let (width, height) = (Int(features.width), Int(features.height))
      try ImageFormat.check(width: width, height: height, bytes: 3)
      var pixels = [UInt8](repeating: 0, count: 3 * width * height)
      if features.has_animation == 0 {
        try decode(bytes, into: &pixels, from: 0, stride: 3 * width)
      } else {
        // A place, in units of two pixels, a size, and the time, before the picture's own chunks.
        guard let frame = chunk("ANMF", in: bytes), let x = frame.little(at: 0, 3),
          let y = frame.little(at: 3, 3), frame.count > 16
        else { throw ImageError("WebP: an animation without pictures") }
        let picture = Array(frame[16...])
        let part = try Self.features(of: picture)
        guard 2 * x + Int(part.width) <= width, 2 * y + Int(part.height) <= height else {
          throw ImageError("WebP: an animation's picture lies outside of it")
        }
        try decode(picture, into: &pixels, from: 3 * (2 * y * width + 2 * x), stride: 3 * width)
      }
      return PixelImage(width: width, height: height, channels: 3, pixels: pixels)
    }

    private static func features(
      of bytes: [UInt8]
    ) throws(ImageError) -> WebPBitstreamFeatures {
      var features = WebPBitstreamFeatures()
      try check(WebPGetFeatures(bytes, bytes.count, &features))
      return features
    }

    /// Decodes RGB into rows that are `stride` bytes apart.
    private static func decode(
      _ bytes: [UInt8], into pixels: inout [UInt8], from start: Int, stride: Int
    ) throws(ImageError) {
      let status = pixels.withUnsafeMutableBytes { pixels in
        var config = WebPDecoderConfig()
        guard WebPInitDecoderConfig(&config) != 0 else { return VP8_STATUS_INVALID_PARAM }
        config.output.colorspace = MODE_RGB
        config.output.is_external_memory = 1
        config.output.u.RGBA.rgba = pixels.bindMemory(to: UInt8.self).baseAddress.map { $0 + start }
        config.output.u.RGBA.stride = Int32(stride)
        config.output.u.RGBA.size = pixels.count - start
        return WebPDecode(bytes, bytes.count, &config)
      }
      try check(status)
    }

    private static func check(_ status: VP8StatusCode) throws(ImageError) {
      switch status {
      case VP8_STATUS_OK: return
      case VP8_STATUS_OUT_OF_MEMORY: throw ImageError("no memory for a WebP decoder")
      case VP8_STATUS_SUSPENDED, VP8_STATUS_NOT_ENOUGH_DATA: throw ImageError("WebP: truncated")
      case VP8_STATUS_BITSTREAM_ERROR: throw ImageError("WebP: damaged data")
      default: throw ImageError("WebP: of a kind that libwebp does not read (\(status.rawValue))")
      }
    }
  #else
    static let decode: (@Sendable ([UInt8]) throws(ImageError) -> PixelImage)? = nil
  #endif
}
