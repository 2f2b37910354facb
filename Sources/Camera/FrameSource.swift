/// Where frames come from.
package protocol FrameSource: AnyObject {
  /// What it is; complete after the first frame.
  var information: SourceInformation { get }
  /// What became of its frames so far.
  var counts: FrameCounts { get }
  /// Prepares the next frame that can be used. False after the last, and once a stop is requested.
  func next(into frame: PreparedFrame) throws(CaptureError) -> Bool
}

/// What a source is.
package struct SourceInformation: Equatable, Sendable {
  package enum Kind: String, Sendable { case device, folder, file, standardInput = "stdin" }
  /// By what the age of frames is measured.
  package enum Clock: String, Sendable { case driver, arrival }

  package var kind: Kind
  package var name: String
  /// Of frames that are not images of their own.
  package var format: String?
  package var width: Int?
  package var height: Int?
  package var clock: Clock

  package init(
    kind: Kind, name: String, format: String? = nil, width: Int? = nil, height: Int? = nil,
    clock: Clock
  ) {
    (self.kind, self.name, self.format, self.clock) = (kind, name, format, clock)
    (self.width, self.height) = (width, height)
  }

  /// Whether frames become the very pixels that `classify` makes of an image.
  package var isExact: Bool { kind == .folder }
}

/// What became of the frames of a source.
package struct FrameCounts: Equatable, Sendable {
  /// Damaged, cut off, or marked as such by the driver.
  package var skipped = 0
  /// A newer one took their place.
  package var stale = 0
  /// Missing in the driver's count.
  package var dropped = 0

  package init(skipped: Int = 0, stale: Int = 0, dropped: Int = 0) {
    (self.skipped, self.stale, self.dropped) = (skipped, stale, dropped)
  }
}

/// Why no more frames come: what, where and what to do, on one line.
package struct CaptureError: Error, CustomStringConvertible {
  package let description: String
  /// Whether a device was there and is gone.
  package var isLost: Bool
  /// The system's reason, where there is one.
  package var system: SystemCallError?

  package init(description: String, isLost: Bool = false, system: SystemCallError? = nil) {
    (self.description, self.isLost, self.system) = (description, isLost, system)
  }
}

/// A model's input made of a frame, and the times on the way, by `monotonicNanoseconds`.
///
/// Unchecked: one thread has it at a time; `FrameExchange` hands it over.
package final class PreparedFrame: @unchecked Sendable {
  /// Bytes minus 128: one element a pixel for grey, four for colour.
  package let input: UnsafeMutableBufferPointer<Int8>
  /// Counts all frames of the source from its own beginning, also those that did not come here.
  package var sequence = 0
  package var captureNanoseconds: UInt64 = 0
  package var decodeStartNanoseconds: UInt64 = 0
  package var decodeEndNanoseconds: UInt64 = 0
  package var prepareEndNanoseconds: UInt64 = 0
  /// What had become of the other frames when this one was ready.
  package var counts = FrameCounts()

  package init(inputCount: Int) {
    input = .allocate(capacity: inputCount)
    input.initialize(repeating: 0)
  }

  deinit { input.deallocate() }
}

/// Tells something that somebody should know, on one line; from any thread.
package typealias Note = @Sendable (String) -> Void
