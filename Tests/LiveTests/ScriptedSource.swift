import CSwiftletTestSupport
import Foundation
import SwiftletCamera
import SwiftletImaging
import SwiftletKernels

/// A source of frames of its own, which can wait for the test, count what their use allocates, and end with an error.
final class ScriptedSource: FrameSource, @unchecked Sendable {
  enum Item {
    case picture([UInt8], FrameLayout)
    case still(PixelImage)
    case unusable
  }

  let items: [Item]
  let stop: StopRequest
  var kind = SourceInformation.Kind.program
  var error: CaptureError?
  /// Called on the capturing thread before an item is shown.
  var onTurn: (Int) -> Void = { _ in }
  /// Called when all items were shown.
  var onEnd: () -> Void = {}
  private(set) var counts = FrameCounts()
  /// By the use of each frame.
  private(set) var allocations: [Int64] = []
  private var position = 0
  private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)

  init(_ items: [Item], stop: StopRequest) { (self.items, self.stop) = (items, stop) }

  deinit { memory.deallocate() }

  var information: SourceInformation { SourceInformation(kind: kind, name: "script") }

  func next(_ use: (Frame) throws(ImageError) -> Void) throws(CaptureError) -> Bool {
    while position < items.count, !stop.isRequested {
      let number = position
      position += 1
      onTurn(number)
      let time = monotonicNanoseconds()
      do throws(ImageError) {
        let before = swl_test_allocations()
        switch items[number] {
        case .picture(let bytes, let layout):
          // Swift 6.0's withUnsafeBytes does not say what it throws.
          memory.copyBytes(from: bytes)
          let picture = Picture(
            bytes: UnsafeRawBufferPointer(rebasing: memory[..<bytes.count]), layout: layout)
          try use(Frame(.picture(picture), sequence: 2 * number, captureNanoseconds: time))
        case .still(let image):
          try use(Frame(.still(image), sequence: 2 * number, captureNanoseconds: time))
        case .unusable: throw ImageError("unusable")
        }
        allocations.append(swl_test_allocations() - before)
        return true
      } catch {
        counts.skipped += 1
      }
    }
    onEnd()
    if let error { throw error }
    return false
  }
}
