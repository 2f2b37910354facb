package import SwiftletCamera
package import SwiftletImaging

/// A model's input made of a frame, and, where somebody asks for it, the frame's picture.
///
/// Unchecked: one thread has it at a time; `FrameExchange` hands it over.
package final class PreparedFrame: @unchecked Sendable {
  /// Bytes minus 128: one element a pixel for grey, four for colour.
  package let input: UnsafeMutableBufferPointer<Int8>
  package var sequence = 0
  package var times = FrameTimes()
  /// What had become of the other frames when this one was ready.
  package var counts = FrameCounts()
  private var copy = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var count = 0
  private var layout: FrameLayout?

  package init(inputCount: Int) {
    input = .allocate(capacity: inputCount)
    input.initialize(repeating: 0)
  }

  deinit {
    input.deallocate()
    copy.deallocate()
  }

  /// Until the frame is handed back.
  package var picture: Picture? {
    layout.map { Picture(bytes: UnsafeRawBufferPointer(rebasing: copy[..<count]), layout: $0) }
  }

  /// Copies a picture, into the memory of the one before where that is enough.
  package func keep(_ bytes: UnsafeRawBufferPointer, _ layout: FrameLayout) {
    if copy.count < bytes.count {
      copy.deallocate()
      // JPEG frames vary in length.
      copy = .allocate(byteCount: bytes.count + bytes.count / 2, alignment: 64)
    }
    copy.copyMemory(from: bytes)
    (count, self.layout) = (bytes.count, layout)
  }
}
