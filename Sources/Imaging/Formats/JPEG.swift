import CSwiftletJPEG

/// JPEG files, through libjpeg-turbo, to the bytes that Pillow decodes them to: the accurate integer transform and smooth
/// upsampling. Baseline and progressive, grey, YCbCr, RGB, CMYK and YCCK; an orientation that EXIF data asks for is ignored, as
/// Pillow's `Image.open` does.
enum JPEG {
  @Sendable static func recognizes(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: [0xFF, 0xD8, 0xFF])
  }

  /// EXIF data, of which there may be several parts, and the last XMP data.
  @Sendable static func tags(_ bytes: [UInt8]) -> OrientationTags {
    let (exif, xmp) = (OrientationTags.exifName, Array("http://ns.adobe.com/xap/1.0/\0".utf8))
    var tags = OrientationTags()
    var place = 2
    while place + 4 <= bytes.count, bytes[place] == 0xFF {
      let (marker, length) = (bytes[place + 1], bytes.big(at: place + 2, 2) ?? 0)
      if marker == 0xDA { break }
      let end = place + 2 + length
      guard length >= 2, end <= bytes.count else { break }
      let content = bytes[place + 4..<end]
      if marker == 0xE1, content.starts(with: exif) {
        tags.exif = (tags.exif ?? []) + content.dropFirst(exif.count)
      } else if marker == 0xE1, content.starts(with: xmp) {
        tags.xmp = Array(content.dropFirst(xmp.count))
      }
      place = end
    }
    return tags
  }

  @Sendable static func decode(_ bytes: [UInt8]) throws(ImageError) -> PixelImage {
    guard let decoder = swl_jpeg_create() else { throw ImageError("no memory for a JPEG decoder") }
    defer { swl_jpeg_destroy(decoder) }
    var shape = swl_jpeg_shape()
    // The decoder keeps a pointer to the bytes from its first call to its second.
    let (isOpen, pixels) = bytes.withUnsafeBufferPointer { bytes -> (Bool, [UInt8]) in
      guard swl_jpeg_open(decoder, bytes.baseAddress, bytes.count, &shape) == 0 else {
        return (false, [])
      }
      guard shape.isAcceptable else { return (true, []) }
      let pixels = [UInt8](unsafeUninitializedCapacity: shape.count) { buffer, count in
        if swl_jpeg_read(decoder, buffer.baseAddress) == 0 { count = shape.count }
      }
      return (true, pixels)
    }
    guard !isOpen || shape.isAcceptable else {
      throw ImageError(
        "an image of \(shape.width) x \(shape.height) pixels, expected at most \(PixelImage.byteLimit) bytes"
      )
    }
    guard isOpen, !pixels.isEmpty else {
      throw ImageError("JPEG: \(String(cString: swl_jpeg_message(decoder)))")
    }
    return PixelImage(
      width: Int(shape.width), height: Int(shape.height), channels: shape.channels == 1 ? 1 : 3,
      pixels: shape.channels == 4 ? colours(ofCMYK: pixels) : pixels)
  }

  /// Pillow's `convert("RGB")` of CMYK, which it takes to be 255 - ink in every file, as Adobe writes it.
  private static func colours(ofCMYK pixels: [UInt8]) -> [UInt8] {
    let count = pixels.count / 4
    return [UInt8](unsafeUninitializedCapacity: 3 * count) { colours, initialized in
      for index in 0..<count {
        let black = UInt32(pixels[4 * index + 3])
        for channel in 0..<3 {
          // round(colour * black / 255)
          let product = UInt32(pixels[4 * index + channel]) * black + 128
          colours[3 * index + channel] = UInt8((product + product >> 8) >> 8)
        }
      }
      initialized = 3 * count
    }
  }
}

extension swl_jpeg_shape {
  fileprivate var count: Int { Int(width) * Int(height) * Int(channels) }

  /// libjpeg's sides are at most 65,500.
  fileprivate var isAcceptable: Bool { count <= PixelImage.byteLimit }
}
