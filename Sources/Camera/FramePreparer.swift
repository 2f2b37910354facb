package import SwiftletImaging
package import SwiftletProgram

/// Makes a model's input of the bytes of frames, and notes the times.
package final class FramePreparer {
  private let target: Preprocessing
  private let converter: FrameConverter
  private let decoder: JPEGFrameDecoder
  private let clock: () -> UInt64

  package init(
    target: Preprocessing, clock: @escaping () -> UInt64 = monotonicNanoseconds
  ) throws {
    self.target = target
    self.clock = clock
    converter = try FrameConverter(target)
    decoder = try JPEGFrameDecoder()
  }

  /// Prepares a frame whose capture time is set already.
  ///
  /// - Throws: `ImageError` if the frame cannot be used.
  package func prepare(
    _ bytes: UnsafeRawBufferPointer, _ layout: FrameLayout, into frame: PreparedFrame
  ) throws(ImageError) {
    frame.decodeStartNanoseconds = clock()
    if layout.format.isCompressed {
      let decoded = try decoder.decode(
        bytes, shorterSide: target.shorterSide, isGrey: target.channels == 1)
      frame.decodeEndNanoseconds = clock()
      try decoder.withPixels { (pixels) throws(ImageError) in
        try converter.convert(pixels, decoded, into: frame.input)
      }
    } else {
      frame.decodeEndNanoseconds = frame.decodeStartNanoseconds
      try converter.convert(bytes, layout, into: frame.input)
    }
    frame.prepareEndNanoseconds = clock()
  }
}
