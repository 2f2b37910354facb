import SwiftletImaging
import Testing

/// Expects an `ImageError` of one line that contains a text.
func expectError<Result>(
  containing text: String, sourceLocation: SourceLocation = #_sourceLocation,
  from body: () throws -> Result
) {
  #expect(sourceLocation: sourceLocation) {
    _ = try body()
  } throws: { error in
    guard let message = (error as? ImageError)?.description else { return false }
    return message.contains(text) && !message.contains("\n")
  }
}

/// Expects an error of one line or an image of each of many files with a few other bytes behind the second.
func expectErrorsOrImages(ofDamaged files: [[UInt8]]) {
  var state: UInt64 = 1
  func random(below limit: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % limit
  }
  for file in files {
    for _ in 0..<200 {
      var bytes = file
      for _ in 0...random(below: 4) {
        bytes[2 + random(below: bytes.count - 2)] = UInt8(random(below: 256))
      }
      do {
        _ = try PixelImage(decoding: bytes)
      } catch {
        #expect(!"\(error)".contains("\n"))
      }
    }
  }
}
