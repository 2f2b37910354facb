package import SwiftletCamera
package import SwiftletImaging
import SwiftletKernels
package import SwiftletProgram

/// Makes a model's input of frames, and notes the times.
package final class FramePreparer {
  private let target: Preprocessing
  private let keepsPictures: Bool
  private let stills: PreparedTransform
  private let converter: FrameConverter
  private let decoder: JPEGFrameDecoder

  package init(target: Preprocessing, keepsPictures: Bool) throws {
    (self.target, self.keepsPictures) = (target, keepsPictures)
    stills = try PreparedTransform(target)
    converter = try FrameConverter(target)
    decoder = try JPEGFrameDecoder()
  }

  /// Prepares a frame.
  ///
  /// - Throws: `ImageError` if it cannot be used.
  package func prepare(_ frame: Frame, into result: PreparedFrame) throws(ImageError) {
    result.sequence = frame.sequence
    result.times.capture = frame.captureNanoseconds
    switch frame.content {
    case .picture(let picture): try prepare(picture, into: result)
    case .still(let image):
      result.times.decodeEnd = frame.decodedNanoseconds ?? monotonicNanoseconds()
      result.times.decodeStart =
        frame.decodedNanoseconds == nil ? result.times.decodeEnd : result.times.capture
      try stills.write(image, to: result.input)
      if keepsPictures {
        let layout = try FrameLayout(
          image.channels == 1 ? .grey : .rgb24, width: image.width, height: image.height)
        image.pixels.withUnsafeBytes { result.keep($0, layout) }
      }
    }
    result.times.prepareEnd = monotonicNanoseconds()
  }

  private func prepare(_ picture: Picture, into result: PreparedFrame) throws(ImageError) {
    result.times.decodeStart = monotonicNanoseconds()
    var layout = picture.layout
    if layout.format.isCompressed {
      let decoded = try decoder.decode(
        picture.bytes, shorterSide: target.shorterSide,
        isGrey: target.channels == 1)
      result.times.decodeEnd = monotonicNanoseconds()
      try decoder.withPixels { (pixels) throws(ImageError) in
        try converter.convert(pixels, decoded, into: result.input)
      }
      // Streams of JPEG files do not say before how large they are.
      if keepsPictures {
        layout = try FrameLayout(layout.format, width: decoded.width, height: decoded.height)
      }
    } else {
      result.times.decodeEnd = result.times.decodeStart
      try converter.convert(picture.bytes, layout, into: result.input)
    }
    if keepsPictures { result.keep(picture.bytes, layout) }
  }
}
