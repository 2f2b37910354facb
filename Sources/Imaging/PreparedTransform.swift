public import SwiftletProgram

/// Still images to a model's input, one after the other, by one thread at a time: it keeps the filter's weights for images of the
/// last size, and its memory. For those it allocates nothing and computes in integers.
public final class PreparedTransform {
  /// What is done to images.
  public let preprocessing: Preprocessing
  private let resampler: Resampler
  /// A colour image made grey.
  private var grey: [UInt8] = []
  /// `[height, width]` of the contract, with as many channels as were resampled.
  private var result: [UInt8] = []

  /// Makes a contract's transform ready, with the kernels that `SWIFTLET_KERNELS` names or else the best.
  ///
  /// - Throws: if the contract is impossible, or there are no such kernels.
  public convenience init(_ preprocessing: Preprocessing) throws(ImageError) {
    try self.init(preprocessing, kernels: .selected())
  }

  package init(_ preprocessing: Preprocessing, kernels: ImageKernels) throws(ImageError) {
    try preprocessing.validate()
    self.preprocessing = preprocessing
    resampler = Resampler(kernels: kernels)
  }

  /// The image of `[height, width, channels]`. What has the right size already is not resampled.
  ///
  /// - Throws: `ImageError` if the image is so long and narrow that the resized one would be too large.
  public func apply(to image: PixelImage) throws(ImageError) -> PixelImage {
    let channels = try resample(image)
    return PixelImage(
      width: preprocessing.width, height: preprocessing.height, channels: channels, pixels: result
    ).converted(toChannels: preprocessing.channels)
  }

  /// Fills a model's input, `[height, width]` of the contract with one element a pixel for grey and four for colour: each byte
  /// minus 128, the fourth a byte of 0.
  ///
  /// - Throws: `ImageError` if the image is so long and narrow that the resized one would be too large.
  public func write(
    _ image: PixelImage, to input: UnsafeMutableBufferPointer<Int8>
  ) throws(ImageError) {
    let channels = try resample(image)
    precondition(input.count == preprocessing.inputCount, "the model's size")
    result.withUnsafeBufferPointer { preprocessing.fill(input, from: $0, channels: channels) }
  }

  /// Fills `result`; returns its channels. Grey images become colour only afterwards.
  private func resample(_ image: PixelImage) throws(ImageError) -> Int {
    if image.channels < preprocessing.channels, preprocessing.border.contains(where: { $0 != 0 }) {
      return try resample(image.converted(toChannels: preprocessing.channels))
    }
    let channels = min(image.channels, preprocessing.channels)
    let placement = try preprocessing.checkedPlacement(ofWidth: image.width, height: image.height)
    let geometry = Resampler.Geometry(
      inputWidth: image.width, inputHeight: image.height, channels: channels,
      filter: preprocessing.interpolation, placement: placement)
    if geometry != resampler.geometry {
      resampler.prepare(geometry)
      let border = preprocessing.border
      result = (0..<preprocessing.height * preprocessing.width * channels).map {
        border.isEmpty ? 0 : border[$0 % border.count]
      }
    }
    if channels < image.channels {
      let count = image.width * image.height
      if grey.count != count { grey = Array(repeating: 0, count: count) }
      image.makeGrey(&grey)
    }
    let source = channels < image.channels ? grey : image.pixels
    let stride = preprocessing.width * channels
    result.withUnsafeMutableBufferPointer { result in
      source.withUnsafeBufferPointer { source in
        guard let output = result.baseAddress else { return }
        resampler.run(
          source, output: output + placement.top * stride + placement.left * channels,
          stride: stride)
      }
    }
    return channels
  }
}
