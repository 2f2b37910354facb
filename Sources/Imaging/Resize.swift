public import SwiftletProgram

extension PixelImage {
  /// The image resized as Pillow's `resize` does it, bit for bit: rows and columns one after the other, each
  /// rounded to 8 bits; columns first where the height shrinks more than twice as much as the width, as since Pillow 13.
  ///
  /// - Throws: if the result would be too large, or the environment's `SWIFTLET_KERNELS` names no kernels of this machine.
  public func resized(
    width: Int, height: Int, filter: Preprocessing.Interpolation
  ) throws(ImageError) -> PixelImage {
    try resized(width: width, height: height, filter: filter, kernels: .selected())
  }

  package func resized(
    width: Int, height: Int, filter: Preprocessing.Interpolation, kernels: ImageKernels
  ) throws(ImageError) -> PixelImage {
    let sides = 1...Preprocessing.sideLimit
    guard sides.contains(width), sides.contains(height),
      width * height <= Self.byteLimit / channels
    else {
      throw ImageError(
        "a resize to \(width) x \(height): expected sides of \(sides.lowerBound)...\(sides.upperBound) "
          + "and at most \(Self.byteLimit) bytes")
    }
    if width == self.width, height == self.height { return self }
    let resampler = Resampler(kernels: kernels)
    resampler.prepare(
      Resampler.Geometry(
        inputWidth: self.width, inputHeight: self.height, channels: channels, filter: filter,
        placement: Preprocessing.Placement(width: width, height: height)))
    var result = [UInt8](repeating: 0, count: width * height * channels)
    result.withUnsafeMutableBufferPointer { result in
      pixels.withUnsafeBufferPointer { pixels in
        guard let output = result.baseAddress else { return }
        resampler.run(pixels, output: output, stride: width * channels)
      }
    }
    return PixelImage(width: width, height: height, channels: channels, pixels: result)
  }
}
