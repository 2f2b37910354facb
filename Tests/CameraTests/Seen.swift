import SwiftletCamera
import SwiftletImaging
import SwiftletProgram

/// Frames as a source shows them, made into a model's input: grey of 4 x 4.
final class Seen {
  static let preprocessing = Preprocessing(
    resize: 4, height: 4, width: 4, interpolation: .bilinear, mean: [0], std: [1])

  private let converter: FrameConverter
  private let decoder: JPEGFrameDecoder
  let input = UnsafeMutableBufferPointer<Int8>.allocate(capacity: 16)
  private(set) var sequence = -1
  private(set) var captureNanoseconds: UInt64 = 0

  init() throws {
    converter = try FrameConverter(Self.preprocessing)
    decoder = try JPEGFrameDecoder()
  }

  deinit { input.deallocate() }

  /// The pixels' byte, which is one.
  var value: Int? { input.allSatisfy { $0 == input[0] } ? Int(input[0]) + 128 : nil }

  func see(_ frame: Frame) throws(ImageError) {
    (sequence, captureNanoseconds) = (frame.sequence, frame.captureNanoseconds)
    guard case .picture(let picture) = frame.content else { throw ImageError("an image") }
    guard picture.layout.format.isCompressed else {
      return try converter.convert(picture.bytes, picture.layout, into: input)
    }
    let layout = try decoder.decode(picture.bytes, shorterSide: 4, isGrey: true)
    try decoder.withPixels { (pixels) throws(ImageError) in
      try converter.convert(pixels, layout, into: input)
    }
  }
}

extension FrameSource {
  /// Whether there was another frame.
  func next(into seen: Seen) throws(CaptureError) -> Bool {
    try next { (frame) throws(ImageError) in try seen.see(frame) }
  }

  /// All frames: their sequence numbers and values.
  func frames() throws -> [[Int?]] {
    let seen = try Seen()
    var frames: [[Int?]] = []
    while try next(into: seen) { frames.append([seen.sequence, seen.value]) }
    return frames
  }
}
