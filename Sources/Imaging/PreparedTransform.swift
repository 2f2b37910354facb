package import SwiftletKernels

/// A transform made ready for image after image, by one thread at a time: it keeps the filter's weights for images of the
/// last size, and its memory. For those it allocates nothing and computes in integers.
public final class PreparedTransform {
  /// What is done to images.
  public let transform: ImageTransform
  private let resampler: Resampler
  /// A colour image made grey.
  private var grey: [UInt8] = []
  /// `[height, width]` of the transform, with as many channels as were resampled.
  private var result: [UInt8] = []

  /// Makes a transform ready, with the kernels that `SWIFTLET_KERNELS` names or else the best.
  ///
  /// - Throws: `ImageError` if the transform asks for an impossible size; an error if there are no such kernels.
  public convenience init(_ transform: ImageTransform) throws {
    try self.init(transform, kernels: .selected())
  }

  package init(_ transform: ImageTransform, kernels: KernelSet) throws(ImageError) {
    try transform.validate()
    self.transform = transform
    resampler = Resampler(kernels: kernels)
  }

  /// The image of `[height, width, channels]`. What has the right size already is not resampled.
  ///
  /// - Throws: `ImageError` if the image is so long and narrow that the resized one would be too large.
  public func apply(to image: PixelImage) throws(ImageError) -> PixelImage {
    let channels = try resample(image)
    return PixelImage(
      width: transform.width, height: transform.height, channels: channels, pixels: result
    ).converted(toChannels: transform.channels)
  }

  /// Fills a model's input, `[height, width]` of the transform with one element a pixel for grey and four for colour, as
  /// `PixelImage.write` does.
  ///
  /// - Throws: `ImageError` if the image is so long and narrow that the resized one would be too large.
  public func write(
    _ image: PixelImage, to input: UnsafeMutableBufferPointer<Int8>, isBGR: Bool = false
  ) throws(ImageError) {
    let channels = try resample(image)
    precondition(input.count == transform.inputCount, "the model's size")
    result.withUnsafeBufferPointer {
      ModelInput.fill(
        input, elements: transform.pixelElements, from: $0, channels: channels, isBGR: isBGR)
    }
  }

  /// Fills `result`; returns its channels. Grey images become colour only afterwards.
  private func resample(_ image: PixelImage) throws(ImageError) -> Int {
    if image.channels < transform.channels, transform.border.contains(where: { $0 != 0 }) {
      return try resample(image.converted(toChannels: transform.channels))
    }
    let channels = min(image.channels, transform.channels)
    let (geometry, top, left) = try transform.geometry(
      width: image.width, height: image.height, channels: channels)
    if geometry != resampler.geometry {
      resampler.prepare(geometry)
      let border = transform.border
      result = (0..<transform.height * transform.width * channels).map {
        border.isEmpty ? 0 : border[$0 % border.count]
      }
    }
    if channels < image.channels {
      let count = image.width * image.height
      if grey.count != count { grey = Array(repeating: 0, count: count) }
      image.makeGrey(&grey)
    }
    let source = channels < image.channels ? grey : image.pixels
    let stride = transform.width * channels
    result.withUnsafeMutableBufferPointer { result in
      source.withUnsafeBufferPointer { source in
        guard let output = result.baseAddress else { return }
        resampler.run(source, output: output + top * stride + left * channels, stride: stride)
      }
    }
    return channels
  }
}
