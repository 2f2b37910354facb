import SwiftletImaging
package import SwiftletProgram

/// The frames of a video device: the newest each time, older ones given back to the driver at once.
package final class CameraSource: FrameSource {
  /// No frame for so long is an error.
  private static let patience = 5000
  /// A driver's timestamp that lies so long before the stream's start, or so far ahead, is of another clock.
  private static let tolerance: UInt64 = 10_000_000_000
  /// A sequence number that jumps further does not count frames.
  private static let widestGap: UInt32 = 1 << 16

  private let path: String
  private let stream: VideoStream
  private let preparer: FramePreparer
  private let keepsEveryFrame: Bool
  private let stop: StopRequest
  private let clock: () -> UInt64
  private let onNote: Note
  private var lastSequence: UInt32?
  private let start: UInt64
  private var lastArrival: UInt64
  private var usesArrival = false
  package private(set) var counts = FrameCounts()

  /// Starts the stream of an open device.
  package init(
    path: String, node: any StreamingNode, mode: CaptureMode, target: Preprocessing,
    keepsEveryFrame: Bool, stop: StopRequest,
    clock: @escaping () -> UInt64 = monotonicNanoseconds, onNote: @escaping Note = { _ in }
  ) throws(CaptureError) {
    (self.path, self.keepsEveryFrame, self.stop) = (path, keepsEveryFrame, stop)
    (self.clock, self.onNote) = (clock, onNote)
    do { preparer = try FramePreparer(target: target, clock: clock) } catch {
      throw CaptureError(description: "\(path): \(error)")
    }
    start = clock()
    stream = try VideoStream(path: path, node: node, mode: mode)
    lastArrival = clock()
  }

  package var information: SourceInformation {
    SourceInformation(
      kind: .device, name: path, format: stream.layout.format.name, width: stream.layout.width,
      height: stream.layout.height, clock: usesArrival ? .arrival : .driver)
  }

  package func next(into frame: PreparedFrame) throws(CaptureError) -> Bool {
    while let buffer = try nextBuffer() {
      setCapture(buffer, of: frame)
      do throws(ImageError) {
        try preparer.prepare(buffer.bytes, stream.layout, into: frame)
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

  private func setCapture(_ buffer: VideoStream.Filled, of frame: PreparedFrame) {
    frame.sequence = Int(buffer.sequence)
    frame.captureNanoseconds = lastArrival
    if let time = buffer.nanoseconds, time < lastArrival &+ Self.tolerance,
      start < time &+ Self.tolerance
    {
      // A clock a little ahead makes frames that are not captured yet.
      frame.captureNanoseconds = min(time, lastArrival)
    } else if !usesArrival {
      usesArrival = true
      onNote(
        "\(path): the driver's timestamps are not by this machine's monotonic clock; the age of frames counts from when they arrive"
      )
    }
  }
}
