/// How a still image becomes a model's: resized and cropped in the middle, with a border round an image that is smaller, on
/// what Pillow's `convert` gives, as torchvision, timm or transformers do it, bit for bit.
public struct ImageTransform: Sendable, Equatable {
  /// The largest side of an image that a resize gives.
  public static let sideLimit = 1 << 16

  /// How large an image is made before the crop.
  public var resize: Resize
  /// Rows of the crop.
  public var height: Int
  /// Pixels of a row of the crop.
  public var width: Int
  /// The filter of the resize.
  public var filter: ResizeFilter
  /// 1 for grey, 3 for RGB.
  public var channels: Int
  /// How the crop is centred.
  public var crop: Crop
  /// What lies round an image that is smaller than the crop: a byte a channel, red first; none for zeros.
  public var border: [UInt8]

  /// Elements of a pixel of a model's input: one for grey, four for colour.
  package var pixelElements: Int { channels == 1 ? 1 : 4 }
  /// Elements of a model's input.
  public var inputCount: Int { height * width * pixelElements }

  /// Creates a transform.
  public init(
    resize: Resize, height: Int, width: Int, filter: ResizeFilter, channels: Int,
    crop: Crop = .halvesToEven, border: [UInt8] = []
  ) {
    self.resize = resize
    self.height = height
    self.width = width
    self.filter = filter
    self.channels = channels
    self.crop = crop
    self.border = border
  }

  /// How long a frame's shorter side should be at least, so that it need not be enlarged.
  public var shorterSide: Int { resize.sides.max() ?? 1 }

  /// The image of `[height, width, channels]`. What has the right size already is not resampled.
  ///
  /// - Throws: `ImageError` if the transform asks for an impossible size, or the image is so long and narrow that the
  ///   resized one would be too large.
  public func apply(to image: PixelImage) throws -> PixelImage {
    try PreparedTransform(self).apply(to: image)
  }

  /// Checks the transform's own sizes.
  func validate() throws(ImageError) {
    guard (resize.sides + [height, width]).allSatisfy((1...Self.sideLimit).contains),
      channels == 1 || channels == 3, height * width <= PixelImage.byteLimit / channels,
      border.isEmpty || border.count == channels
    else {
      throw ImageError(
        "a transform to \(resize.sides), cropped to \(height) x \(width) x \(channels): expected sides of "
          + "1...\(Self.sideLimit), 1 or 3 channels, and at most \(PixelImage.byteLimit) bytes")
    }
  }

  /// How an image is resized, and where the part that the crop keeps lies in the result.
  func geometry(
    width inputWidth: Int, height inputHeight: Int, channels: Int
  ) throws(ImageError) -> (geometry: Resampler.Geometry, top: Int, left: Int) {
    let (resizedWidth, resizedHeight) = resize.size(ofWidth: inputWidth, height: inputHeight)
    guard resizedWidth > 0, resizedHeight > 0,
      resizedWidth * resizedHeight <= PixelImage.byteLimit / self.channels
    else {
      throw ImageError(
        "an image of \(inputWidth) x \(inputHeight) pixels, resized to \(resizedWidth) x \(resizedHeight), "
          + (resizedWidth * resizedHeight > 0
            ? "would take more than \(PixelImage.byteLimit) bytes" : "would have no pixels")
          + ": too long and narrow")
    }
    let left = crop.start(resizedWidth, width)
    let top = crop.start(resizedHeight, height)
    let geometry = Resampler.Geometry(
      inputWidth: inputWidth, inputHeight: inputHeight, channels: channels, width: resizedWidth,
      height: resizedHeight, filter: filter,
      columns: max(0, left)..<min(resizedWidth, left + width),
      rows: max(0, top)..<min(resizedHeight, top + height))
    return (geometry, max(0, -top), max(0, -left))
  }
}
