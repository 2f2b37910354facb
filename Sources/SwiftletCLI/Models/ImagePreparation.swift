import Swiftlet
import SwiftletImaging
import SwiftletProgram

/// Makes decoded images ready, as a preprocessing contract says.
struct ImagePreparation: Sendable {
  let preprocessing: Preprocessing
  let transform: ImageTransform

  init(_ preprocessing: Preprocessing) {
    self.preprocessing = preprocessing
    transform = ImageTransform(preprocessing)
  }

  /// The image at the model's size.
  func pixels(of image: PixelImage) throws -> PixelImage { try transform.apply(to: image) }

  /// What is made of a stream's frames, in the order of the image's channels.
  var target: FrameTarget { FrameTarget(transform: transform, isBGR: false) }

  /// The image that an input was made of, for `target`.
  func image(of input: UnsafeMutableBufferPointer<Int8>) -> PixelImage {
    let channels = transform.channels
    let (count, step) = (transform.height * transform.width, transform.pixelElements)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(count * channels)
    for index in 0..<count {
      for channel in 0..<channels {
        pixels.append(UInt8(bitPattern: input[index * step + channel]) ^ 0x80)
      }
    }
    return PixelImage(
      width: transform.width, height: transform.height, channels: channels, pixels: pixels)
  }

  /// An image of the model's size as the float model's input, `[C, H, W]`: (x / 255 - mean) / std.
  func floats(of image: PixelImage) -> [Float] {
    let (channels, size) = (image.channels, image.width * image.height)
    return (0..<channels).flatMap { channel -> [Float] in
      let source = preprocessing.isBGR ? channels - 1 - channel : channel
      let (mean, std) = (preprocessing.mean[source], preprocessing.std[source])
      let table = (0..<256).map { (Float($0) / 255 - mean) / std }
      return (0..<size).map { table[Int(image.pixels[$0 * channels + source])] }
    }
  }
}
