import CSwiftletVideo
package import SwiftletImaging

#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A device that streams into buffers that it shares with this process. One thread uses it.
package final class VideoStream {
  /// A buffer that the driver filled.
  package struct Filled {
    package var index: UInt32
    package var bytes: UnsafeRawBufferPointer
    package var sequence: UInt32
    /// Whether the driver says that its content may be damaged.
    package var isDamaged: Bool
    /// When it was captured, if the driver says so by this machine's monotonic clock.
    package var nanoseconds: UInt64?
  }

  /// As many are asked for; more would only make frames older.
  private static let wantedBuffers: UInt32 = 4

  private let path: String
  private let node: any StreamingNode
  /// The kind of buffers.
  private let type: UInt32
  /// Of buffers of planes the only plane, in each request.
  private let plane: UnsafeMutablePointer<v4l2_plane>
  package private(set) var layout: FrameLayout
  private var buffers: [UnsafeRawBufferPointer] = []
  private var hasBuffers = false
  private var isStreaming = false

  /// Sets the format, shares the buffers and starts.
  package init(path: String, node: any StreamingNode, mode: CaptureMode) throws(CaptureError) {
    (self.path, self.node, type) = (path, node, mode.buffers)
    layout = try Self.setFormat(path, node, mode)
    plane = .allocate(capacity: 1)
    plane.initialize(to: v4l2_plane())
    setRate(mode.rate)
    try shareBuffers()
    for index in buffers.indices { try queue(UInt32(index)) }
    var type = Int32(type)
    try perform("start the stream") { () throws(SystemCallError) in
      try node.control(swl_video_stream_on, &type)
    }
    isStreaming = true
  }

  deinit {
    var type = Int32(type)
    if isStreaming { _ = try? node.control(swl_video_stream_off, &type) }
    for buffer in buffers { node.unmap(buffer) }
    // Else the device would stay busy as long as it is open.
    if hasBuffers { _ = try? requestBuffers(0) }
    plane.deallocate()
  }

  /// Waits until a buffer may be filled.
  package func wait(milliseconds: Int, stop: StopRequest) -> Readiness {
    node.wait(milliseconds: milliseconds, stop: stop)
  }

  /// The next filled buffer; nil if there is none yet. It is the caller's until it is queued again.
  package func dequeue() throws(CaptureError) -> Filled? {
    var buffer = buffer(0)
    // That there is none yet is no error, and happens at every frame.
    let code = withUnsafeMutablePointer(to: &buffer) {
      node.control(swl_video_dequeue_buffer, UnsafeMutableRawPointer($0))
    }
    if code == EAGAIN { return nil }
    guard code == 0 else { throw lost("cannot get a frame", SystemCallError(code: code)) }
    guard buffers.indices.contains(Int(buffer.index)) else {
      throw CaptureError(
        description: "\(path): the driver gave buffer \(buffer.index) of \(buffers.count)")
    }
    let memory = buffers[Int(buffer.index)]
    let bytesUsed = Int(hasPlane ? plane.pointee.bytesused : buffer.bytesused)
    let used = layout.format.isCompressed || bytesUsed > 0 ? bytesUsed : memory.count
    let start = hasPlane ? Int(plane.pointee.data_offset) : 0
    let bytes = UnsafeRawBufferPointer(rebasing: memory.prefix(used).dropFirst(start))
    let isDamaged = buffer.flags & UInt32(V4L2_BUF_FLAG_ERROR) != 0
    return Filled(
      index: buffer.index, bytes: bytes, sequence: buffer.sequence,
      isDamaged: isDamaged || bytes.isEmpty, nanoseconds: Self.nanoseconds(buffer))
  }

  /// Gives a buffer back to the driver.
  package func queue(_ index: UInt32) throws(CaptureError) {
    var buffer = buffer(index)
    var again = buffer
    do { try node.control(swl_video_queue_buffer, &buffer) } catch {
      // A stream that runs shall outlive a single refusal.
      guard isStreaming, error.kind != .gone, node.control(again: &again) else {
        throw isStreaming
          ? lost("cannot give a buffer back", error) : failure("queue a buffer", error)
      }
    }
  }

  private var hasPlane: Bool { type == V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE.rawValue }

  /// A request about a buffer.
  private func buffer(_ index: UInt32) -> v4l2_buffer {
    var buffer = v4l2_buffer()
    buffer.type = type
    buffer.memory = V4L2_MEMORY_MMAP.rawValue
    buffer.index = index
    if hasPlane {
      plane.pointee = v4l2_plane()
      buffer.m.planes = plane
      buffer.length = 1
    }
    return buffer
  }

  private static func nanoseconds(_ buffer: v4l2_buffer) -> UInt64? {
    let (seconds, microseconds) = (buffer.timestamp.tv_sec, buffer.timestamp.tv_usec)
    guard
      buffer.flags & UInt32(V4L2_BUF_FLAG_TIMESTAMP_MASK)
        == UInt32(V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC),
      (0..<1 << 32).contains(seconds), (0..<1_000_000).contains(microseconds)
    else { return nil }
    return UInt64(seconds) * 1_000_000_000 + UInt64(microseconds) * 1000
  }

  // MARK: Starting

  private static func setFormat(
    _ path: String, _ node: any StreamingNode, _ mode: CaptureMode
  ) throws(CaptureError) -> FrameLayout {
    let wanted = PixelFormat(mode.format).code
    var format = swl_video_format(
      mode.buffers, UInt32(mode.width), UInt32(mode.height), wanted)
    do { try node.control(swl_video_set_format, &format) } catch {
      throw CaptureError(path, "set \(mode.format.name), \(mode.width)x\(mode.height)", error)
    }
    let answer = swl_video_layout_of(&format)
    guard answer.pixel_format == wanted else {
      throw CaptureError(
        description:
          "\(path): gives \(PixelFormat(code: answer.pixel_format)) where \(mode.format.name) was asked for; choose another --format or --size"
      )
    }
    guard answer.planes == 1 else {
      throw CaptureError(
        description:
          "\(path): captures \(mode.format.name) into \(answer.planes) planes, expected 1; choose another --format"
      )
    }
    do {
      return try FrameLayout(
        mode.format, width: Int(answer.width), height: Int(answer.height),
        bytesPerLine: Int(answer.bytes_per_line), colour: ColourEncoding(answer, mode.format))
    } catch {
      throw CaptureError(description: "\(path): the driver says: \(error)")
    }
  }

  /// A wish: many drivers have one rate only.
  private func setRate(_ rate: FrameRate?) {
    guard let rate else { return }
    var parameters = v4l2_streamparm()
    parameters.type = type
    parameters.parm.capture.timeperframe = v4l2_fract(
      numerator: UInt32(clamping: rate.seconds), denominator: UInt32(clamping: rate.frames))
    _ = try? node.control(swl_video_set_parameters, &parameters)
  }

  /// How many there are.
  private func requestBuffers(_ count: UInt32) throws(SystemCallError) -> UInt32 {
    var request = v4l2_requestbuffers()
    request.count = count
    request.type = type
    request.memory = V4L2_MEMORY_MMAP.rawValue
    try node.control(swl_video_request_buffers, &request)
    return request.count
  }

  private func shareBuffers() throws(CaptureError) {
    var count: UInt32 = 0
    try perform("get buffers") { () throws(SystemCallError) in
      count = try requestBuffers(Self.wantedBuffers)
    }
    hasBuffers = true
    guard (2...32).contains(count) else {
      throw CaptureError(
        description: "\(path): the driver has \(count) buffers, expected at least 2")
    }
    for index in 0..<count {
      var buffer = buffer(index)
      try perform("map its buffers") { () throws(SystemCallError) in
        try node.control(swl_video_query_buffer, &buffer)
        let (length, offset) =
          hasPlane
          ? (plane.pointee.length, plane.pointee.m.mem_offset) : (buffer.length, buffer.m.offset)
        buffers.append(try node.map(length: Int(length), offset: Int(offset)))
      }
    }
  }

  // MARK: Errors

  private func perform(
    _ step: String, _ body: () throws(SystemCallError) -> Void
  ) throws(CaptureError) {
    do { try body() } catch { throw failure(step, error) }
  }

  private func failure(_ step: String, _ error: SystemCallError) -> CaptureError {
    CaptureError(path, step, error)
  }

  private func lost(_ what: String, _ error: SystemCallError) -> CaptureError {
    CaptureError(
      description:
        "\(path): the device is lost: \(what): \(error); plug it in again and start again",
      isLost: true, system: error)
  }
}

extension CaptureError {
  /// A step that failed before a stream runs.
  init(_ path: String, _ step: String, _ error: SystemCallError) {
    let hint =
      error.code == ENOSPC
      ? "; the USB bus has no room for it: choose a smaller --size or another port" : ""
    self.init(
      description: "\(path): cannot \(step): \(error)\(hint)", isLost: error.code == ENODEV,
      system: error)
  }
}

extension StreamingNode {
  /// Whether a buffer can be queued at the second attempt.
  fileprivate func control(again buffer: inout v4l2_buffer) -> Bool {
    (try? control(swl_video_queue_buffer, &buffer)) != nil
  }
}

extension ColourEncoding {
  /// What V4L2 says, its defaults filled in as the kernel does.
  init(_ answer: swl_video_layout, _ format: FrameFormat) {
    let space = answer.colour_space
    let standard: Standard =
      switch answer.encoding {
      case V4L2_YCBCR_ENC_601.rawValue, V4L2_YCBCR_ENC_XV601.rawValue: .bt601
      case V4L2_YCBCR_ENC_709.rawValue, V4L2_YCBCR_ENC_XV709.rawValue,
        V4L2_YCBCR_ENC_SMPTE240M.rawValue:
        .bt709
      case V4L2_YCBCR_ENC_BT2020.rawValue, V4L2_YCBCR_ENC_BT2020_CONST_LUM.rawValue: .bt2020
      default:
        switch space {
        case V4L2_COLORSPACE_REC709.rawValue, V4L2_COLORSPACE_DCI_P3.rawValue,
          V4L2_COLORSPACE_SMPTE240M.rawValue:
          .bt709
        case V4L2_COLORSPACE_BT2020.rawValue: .bt2020
        default: .bt601
        }
      }
    let isFullByDefault = format.isRGB || space == V4L2_COLORSPACE_JPEG.rawValue
    self.init(
      standard: standard,
      isFullRange: answer.quantization == V4L2_QUANTIZATION_FULL_RANGE.rawValue
        || (answer.quantization == V4L2_QUANTIZATION_DEFAULT.rawValue && isFullByDefault))
  }
}
