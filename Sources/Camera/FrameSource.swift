public import SwiftletImaging

/// Where frames come from. One thread at a time uses it.
public protocol FrameSource: AnyObject {
  /// What it is; complete after the first frame.
  var information: SourceInformation { get }
  /// What became of its frames so far.
  var counts: FrameCounts { get }

  /// Waits for the next frame and shows it to `use`. A frame that `use` throws at cannot be used: the source counts it as
  /// skipped and goes on to the next.
  ///
  /// - Parameter use: reads the frame, whose bytes are there until it returns.
  /// - Returns: whether a frame was used; false after the last, and once a stop is requested.
  /// - Throws: `CaptureError` if no more frames come because something is wrong.
  func next(_ use: (Frame) throws(ImageError) -> Void) throws(CaptureError) -> Bool
}

/// A frame, as long as its source shows it.
public struct Frame {
  /// What it shows.
  public enum Content {
    /// A frame of a stream.
    case picture(Picture)
    /// An image of its own, which becomes the very pixels that `ImageClassifier.classify` makes of it.
    case still(PixelImage)
  }

  /// What it shows.
  public var content: Content
  /// Counts all frames of the source from its own beginning, also those that did not come here.
  public var sequence: Int
  /// When it was captured, in nanoseconds of CLOCK_MONOTONIC.
  public var captureNanoseconds: UInt64
  /// When the source had decoded it, where it did so; it began when the frame was captured.
  public var decodedNanoseconds: UInt64?

  /// Describes a frame.
  public init(
    _ content: Content, sequence: Int, captureNanoseconds: UInt64, decodedNanoseconds: UInt64? = nil
  ) {
    (self.content, self.sequence) = (content, sequence)
    self.captureNanoseconds = captureNanoseconds
    self.decodedNanoseconds = decodedNanoseconds
  }
}

/// The bytes of a frame and how they lie; a JPEG frame is a JPEG file. They are views of somebody's memory.
public struct Picture {
  /// All of the frame.
  public let bytes: UnsafeRawBufferPointer
  /// How it lays out its pixels.
  public let layout: FrameLayout

  /// Describes bytes.
  public init(bytes: UnsafeRawBufferPointer, layout: FrameLayout) {
    (self.bytes, self.layout) = (bytes, layout)
  }
}

/// What a source is.
public struct SourceInformation: Equatable, Sendable {
  /// The kinds of sources, as `live --json` calls them.
  public enum Kind: String, Sendable {
    /// A camera.
    case device
    /// A folder of images.
    case folder
    /// A file of frames.
    case file
    /// The standard input.
    case standardInput = "stdin"
    /// A program's own.
    case program
  }

  /// By what the age of frames is measured.
  public enum Clock: String, Sendable {
    /// The driver's time stamps.
    case driver
    /// When frames arrive.
    case arrival
  }

  /// What kind it is.
  public var kind: Kind
  /// Its path, or what it is called.
  public var name: String
  /// Of frames that are not images of their own.
  public var format: String?
  /// Pixels of a row, where all frames have the same.
  public var width: Int?
  /// Rows, where all frames have the same.
  public var height: Int?
  /// By what the age of frames is measured.
  public var clock: Clock

  /// Describes a source.
  public init(
    kind: Kind, name: String, format: String? = nil, width: Int? = nil, height: Int? = nil,
    clock: Clock = .arrival
  ) {
    (self.kind, self.name, self.format, self.clock) = (kind, name, format, clock)
    (self.width, self.height) = (width, height)
  }

  /// Whether frames become the very pixels that `classify` makes of an image.
  public var isExact: Bool { kind == .folder }
}

/// What became of the frames of a source.
public struct FrameCounts: Equatable, Sendable {
  /// Damaged, cut off, or marked as such by the driver.
  public var skipped = 0
  /// A newer one took their place.
  public var stale = 0
  /// Missing in the driver's count.
  public var dropped = 0

  /// Counts frames.
  public init(skipped: Int = 0, stale: Int = 0, dropped: Int = 0) {
    (self.skipped, self.stale, self.dropped) = (skipped, stale, dropped)
  }
}

/// Why no more frames come: what, where and what to do, on one line.
public struct CaptureError: Error, CustomStringConvertible {
  /// The whole message.
  public let description: String
  /// Whether a device was there and is gone.
  public var isLost: Bool
  /// The system's reason, where there is one.
  package var system: SystemCallError?

  /// Creates an error from its message.
  public init(description: String, isLost: Bool = false) {
    (self.description, self.isLost) = (description, isLost)
  }

  package init(description: String, isLost: Bool = false, system: SystemCallError) {
    (self.description, self.isLost, self.system) = (description, isLost, system)
  }
}

/// Tells something that somebody should know, on one line; from any thread.
public typealias Note = @Sendable (String) -> Void
