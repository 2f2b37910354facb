/// How a still image becomes a model's: torchvision's `Resize` of the shorter side and `CenterCrop` (with zeros round an
/// image that is smaller), on what Pillow's `convert` gives, bit for bit.
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

  /// Elements of a pixel of a model's input: one for grey, four for colour.
  package var pixelElements: Int { channels == 1 ? 1 : 4 }
  /// Elements of a model's input.
  public var inputCount: Int { height * width * pixelElements }

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
    try PreparedTransform(self).apply(to: image)
  }

  /// Checks the transform's own sizes.
  func validate() throws(ImageError) {
    guard [resize, height, width].allSatisfy((1...Self.sideLimit).contains),
      channels == 1 || channels == 3, height * width <= PixelImage.byteLimit / channels
    else {
      throw ImageError(
        "a transform to \(resize), cropped to \(height) x \(width) x \(channels): expected sides of "
          + "1...\(Self.sideLimit), 1 or 3 channels, and at most \(PixelImage.byteLimit) bytes")
    }
  }

  /// How an image is resized, and where the part that the crop keeps lies in the result.
  func geometry(
    width inputWidth: Int, height inputHeight: Int, channels: Int
  ) throws(ImageError) -> (geometry: Resampler.Geometry, top: Int, left: Int) {
    let shorter = min(inputWidth, inputHeight)
    let (resizedWidth, resizedHeight) = (
      resize * inputWidth / shorter, resize * inputHeight / shorter
    )
    guard resizedWidth * resizedHeight <= PixelImage.byteLimit / self.channels else {
      throw ImageError(
        "an image of \(inputWidth) x \(inputHeight) pixels, resized to \(resizedWidth) x \(resizedHeight), "
          + "would take more than \(PixelImage.byteLimit) bytes: too long and narrow")
    }
    let left = Self.cropStart(resizedWidth, width)
    let top = Self.cropStart(resizedHeight, height)
    let geometry = Resampler.Geometry(
      inputWidth: inputWidth, inputHeight: inputHeight, channels: channels, width: resizedWidth,
      height: resizedHeight, filter: filter,
      columns: max(0, left)..<min(resizedWidth, left + width),
      rows: max(0, top)..<min(resizedHeight, top + height))
    return (geometry, max(0, -top), max(0, -left))
  }

  /// Where torchvision's `CenterCrop` starts; below 0 for the number of zeros before the image.
  private static func cropStart(_ size: Int, _ crop: Int) -> Int {
    if crop > size { return -((crop - size) / 2) }
    // Python's round: halves to even.
    let (half, odd) = (size - crop).quotientAndRemainder(dividingBy: 2)
    return half + (odd == 1 && half % 2 == 1 ? 1 : 0)
  }
}
