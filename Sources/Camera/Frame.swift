package import SwiftletImaging

/// One image of a stream, and when it came.
package struct Frame {
  package var image: PixelImage
  /// Counts all frames that the source has seen, skipped ones too, from 0.
  package var sequence: Int
  /// When the frame was captured, on `monotonicNanoseconds`' clock.
  package var captureNanoseconds: UInt64
  /// When its decoding began.
  package var decodeStartNanoseconds: UInt64
  /// When its decoding ended.
  package var decodeEndNanoseconds: UInt64
}

/// Where frames come from.
package protocol FrameSource {
  /// Frames that could not be decoded, so far.
  var skipped: Int { get }
  /// The next frame that can be decoded; nil after the last.
  mutating func next() -> Frame?
}
