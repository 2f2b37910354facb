public import SwiftletImaging
import SwiftletKernels
public import SwiftletProgram

#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The frames of a video device: the newest each time, older ones given back to the driver at once.
public final class CameraSource: FrameSource {
  /// No frame for so long is an error.
  private static let patience = 5000
  /// A driver's timestamp that lies so long before the stream's start, or so far ahead, is of another clock.
  private static let tolerance: UInt64 = 10_000_000_000
  /// A sequence number that jumps further does not count frames.
  private static let widestGap: UInt32 = 1 << 16

  private let path: String
  private let stream: VideoStream
  private let keepsEveryFrame: Bool
  private let stop: StopRequest
  private let clock: () -> UInt64
  private let onNote: Note
  private var lastSequence: UInt32?
  private let start: UInt64
  private var lastArrival: UInt64
  private var usesArrival = false
  /// What became of its frames so far.
  public private(set) var counts = FrameCounts()

  /// Opens a device and starts its stream, in the format and size that cost least to prepare where nothing is asked for.
  ///
  /// - Parameters:
  ///   - path: where it is, as /dev/video0.
  ///   - target: what the model makes of frames.
  ///   - format: how frames lay out their pixels.
  ///   - size: of frames; the driver may give another, which `information` then says.
  ///   - keepsEveryFrame: else the newest frame is given, and those that it overtook are counted as stale.
  ///   - stop: what ends the stream.
  ///   - onNote: is told what is wrong with each frame that cannot be used.
  /// - Throws: `CaptureError` if the device cannot be used, or does not offer what is asked for.
  public convenience init(
    device path: String, for target: Preprocessing, format: FrameFormat? = nil,
    size: (width: Int, height: Int)? = nil, keepsEveryFrame: Bool = false, stop: StopRequest,
    onNote: @escaping Note = { _ in }
  ) throws(CaptureError) {
    func remedy(_ error: SystemCallError) -> String {
      error.code == ENOTTY
        ? "; this is no video device: swiftlet doctor lists them"
        : error.remedy(path: path, access: FileAccessRights(path: path))
    }
    do {
      let node = try OpenVideoNode(path: path)
      let mode = try CaptureMode.cheapest(
        of: try VideoDevice(node), path: path, target: target, format: format, size: size)
      try self.init(
        path: path, node: node, mode: mode, keepsEveryFrame: keepsEveryFrame, stop: stop,
        onNote: onNote)
    } catch let error as SystemCallError {
      throw CaptureError(description: "\(path): \(error)\(remedy(error))", system: error)
    } catch let error as CaptureError {
      guard let system = error.system else { throw error }
      throw CaptureError(
        description: "\(error)\(remedy(system))", isLost: error.isLost, system: system)
    } catch {
      throw CaptureError(description: "\(path): \(error)")
    }
  }

  /// Starts the stream of an open device.
  package init(
    path: String, node: any StreamingNode, mode: CaptureMode, keepsEveryFrame: Bool,
    stop: StopRequest,
    clock: @escaping () -> UInt64 = monotonicNanoseconds, onNote: @escaping Note = { _ in }
  ) throws(CaptureError) {
    (self.path, self.keepsEveryFrame, self.stop) = (path, keepsEveryFrame, stop)
    (self.clock, self.onNote) = (clock, onNote)
    start = clock()
    stream = try VideoStream(path: path, node: node, mode: mode)
    lastArrival = clock()
  }

  /// What it is.
  public var information: SourceInformation {
    SourceInformation(
      kind: .device, name: path, format: stream.layout.format.name, width: stream.layout.width,
      height: stream.layout.height, clock: usesArrival ? .arrival : .driver)
  }

  /// Shows the next frame, or the newest.
  public func next(
    _ use: (Frame) throws(ImageError) -> Void
  ) throws(CaptureError) -> Bool {
    while let buffer = try nextBuffer() {
      let frame = Frame(
        .picture(Picture(bytes: buffer.bytes, layout: stream.layout)),
        sequence: Int(buffer.sequence), captureNanoseconds: captureTime(of: buffer))
      do throws(ImageError) {
        try use(frame)
      } catch {
        try stream.queue(buffer.index)
        counts.skipped += 1
        onNote("skipped: \(path): frame \(buffer.sequence): \(error)")
        continue
      }
      try stream.queue(buffer.index)
      return true
    }
    return false
  }

  /// The newest buffer with a frame, or the next one; nil when a stop is requested.
  private func nextBuffer() throws(CaptureError) -> VideoStream.Filled? {
    while true {
      let waited = Int((clock() &- lastArrival) / 1_000_000)
      switch stream.wait(milliseconds: max(0, Self.patience - waited), stop: stop) {
      case .stopped: return nil
      case .timeout:
        throw CaptureError(
          description:
            "\(path): no frame for \(Self.patience / 1000) s; check that the camera is on and connected, that nothing else uses it, and try another --size or --format"
        )
      case .failed:
        // The reason, or a last frame.
        if let buffer = try newest() { return buffer }
        throw CaptureError(
          description:
            "\(path): the device is lost: it reports an error; plug it in again and start again",
          isLost: true)
      case .ready:
        if let buffer = try newest() { return buffer }
      }
    }
  }

  private func newest() throws(CaptureError) -> VideoStream.Filled? {
    var newest: VideoStream.Filled?
    while let buffer = try stream.dequeue() {
      lastArrival = clock()
      count(buffer.sequence)
      if buffer.isDamaged {
        counts.skipped += 1
        onNote("skipped: \(path): frame \(buffer.sequence): damaged, says the driver")
        try stream.queue(buffer.index)
        continue
      }
      if let old = newest {
        counts.stale += 1
        try stream.queue(old.index)
      }
      newest = buffer
      if keepsEveryFrame { break }
    }
    return newest
  }

  /// Counts the frames that the driver has lost.
  private func count(_ sequence: UInt32) {
    if let lastSequence {
      let gap = sequence &- lastSequence &- 1
      if gap < Self.widestGap { counts.dropped += Int(gap) }
    }
    lastSequence = sequence
  }

  private func captureTime(of buffer: VideoStream.Filled) -> UInt64 {
    if let time = buffer.nanoseconds, time < lastArrival &+ Self.tolerance,
      start < time &+ Self.tolerance
    {
      // A clock a little ahead makes frames that are not captured yet.
      return min(time, lastArrival)
    }
    if !usesArrival {
      usesArrival = true
      onNote(
        "\(path): the driver's timestamps are not by this machine's monotonic clock; the age of frames counts from when they arrive"
      )
    }
    return lastArrival
  }
}
