/// How a still image becomes a model's: torchvision's `Resize` of the shorter side and `CenterCrop`, on what Pillow's
/// `convert` gives.
public struct ImageTransform: Sendable, Equatable {
  /// The largest side of an image that a resize gives.
  public static let sideLimit = 1 << 16

  /// The shorter side is resized to this.
  public var resize: Int
  /// Rows of the crop.
  public var height: Int
  /// Pixels of a row of the crop.
  public var width: Int
  /// The filter of the resize.
  public var filter: ResizeFilter
  /// 1 for grey, 3 for RGB.
  public var channels: Int

  /// Creates a transform.
  public init(resize: Int, height: Int, width: Int, filter: ResizeFilter, channels: Int) {
    self.resize = resize
    self.height = height
    self.width = width
    self.filter = filter
    self.channels = channels
  }

  /// The image of `[height, width, channels]`. What has the right size already is not resampled.
  ///
  /// - Throws: `ImageError` if the transform asks for an impossible size, or the image is so long and narrow that the
  ///   resized one would be too large.
  public func apply(to image: PixelImage) throws -> PixelImage {
    guard [resize, height, width].allSatisfy((1...Self.sideLimit).contains),
      channels == 1 || channels == 3, height * width <= PixelImage.byteLimit / channels
    else {
      throw ImageError(
        "a transform to \(resize), cropped to \(height) x \(width) x \(channels): expected sides of "
          + "1...\(Self.sideLimit), 1 or 3 channels, and at most \(PixelImage.byteLimit) bytes")
    }
    let (shorter, longer) = (min(image.width, image.height), max(image.width, image.height))
    let resized = resize * longer / shorter
    guard resize * resized <= PixelImage.byteLimit / channels else {
      throw ImageError(
        "an image of \(image.width) x \(image.height) pixels, resized to \(resize) x \(resized), "
          + "would take more than \(PixelImage.byteLimit) bytes: too long and narrow")
    }
    let isUpright = image.width <= image.height
    return image.converted(toChannels: channels)
      .resized(
        width: isUpright ? resize : resized, height: isUpright ? resized : resize, filter: filter
      )
      .centerCropped(width: width, height: height)
  }
}

extension PixelImage {
  /// torchvision's `CenterCrop`: the middle of the image, with zeros round it where the image is smaller.
  public func centerCropped(width: Int, height: Int) -> PixelImage {
    precondition(width > 0 && height > 0, "at least one pixel")
    if width == self.width, height == self.height { return self }
    let left = Self.cropStart(self.width, width)
    let top = Self.cropStart(self.height, height)
    var result = [UInt8](repeating: 0, count: width * height * channels)
    let columns = max(0, left)..<min(self.width, left + width)
    for y in max(0, top)..<min(self.height, top + height) {
      let source = (y * self.width + columns.lowerBound) * channels
      let target = ((y - top) * width + columns.lowerBound - left) * channels
      let count = columns.count * channels
      result.replaceSubrange(target..<target + count, with: pixels[source..<source + count])
    }
    return PixelImage(width: width, height: height, channels: channels, pixels: result)
  }

  /// Where the crop starts; below 0 for the number of zeros before the image.
  private static func cropStart(_ size: Int, _ crop: Int) -> Int {
    if crop > size { return -((crop - size) / 2) }
    // Python's round: halves to even.
    let (half, odd) = (size - crop).quotientAndRemainder(dividingBy: 2)
    return half + (odd == 1 && half % 2 == 1 ? 1 : 0)
  }
}
