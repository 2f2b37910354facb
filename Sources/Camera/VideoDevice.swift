import CSwiftletVideo

#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What a video device says about itself.
package struct VideoDevice: Equatable, Sendable {
  package var driver: String
  package var card: String
  package var bus: String
  /// What this node can do, not the hardware behind it.
  package var capabilities: VideoCapabilities
  /// What it captures; empty where it captures nothing.
  package var formats: [VideoFormat]

  /// Asks an open device.
  package init(_ node: some VideoNode) throws(SystemCallError) {
    var answer = v4l2_capability()
    try node.control(swl_video_query_capability, &answer)
    driver = text(of: answer.driver)
    card = text(of: answer.card)
    bus = text(of: answer.bus_info)
    let whole = VideoCapabilities(rawValue: answer.capabilities)
    capabilities =
      whole.contains(.describesNode) ? VideoCapabilities(rawValue: answer.device_caps) : whole
    formats =
      try capabilities.captureBuffers.map { (type) throws(SystemCallError) in
        try node.formats(ofBuffers: type)
      } ?? []
  }
}

/// What a video device can do: V4L2's bits.
package struct VideoCapabilities: OptionSet, Hashable, Sendable {
  package let rawValue: UInt32

  package init(rawValue: UInt32) { self.rawValue = rawValue }

  package static let capture = VideoCapabilities(rawValue: UInt32(V4L2_CAP_VIDEO_CAPTURE))
  package static let captureOfPlanes = VideoCapabilities(
    rawValue: UInt32(V4L2_CAP_VIDEO_CAPTURE_MPLANE))
  package static let streaming = VideoCapabilities(rawValue: UInt32(V4L2_CAP_STREAMING))
  package static let describesNode = VideoCapabilities(
    rawValue: UInt32(bitPattern: Int32(truncatingIfNeeded: V4L2_CAP_DEVICE_CAPS)))

  private static let namesOfBits: [(bit: Int64, name: String)] = [
    (Int64(V4L2_CAP_VIDEO_CAPTURE), "capture"),
    (Int64(V4L2_CAP_VIDEO_CAPTURE_MPLANE), "multi-planar capture"),
    (Int64(V4L2_CAP_VIDEO_OUTPUT), "output"),
    (Int64(V4L2_CAP_VIDEO_OUTPUT_MPLANE), "multi-planar output"),
    (Int64(V4L2_CAP_VIDEO_OVERLAY), "overlay"),
    (Int64(V4L2_CAP_VIDEO_M2M), "memory to memory"),
    (Int64(V4L2_CAP_VIDEO_M2M_MPLANE), "multi-planar memory to memory"),
    (Int64(V4L2_CAP_META_CAPTURE), "metadata capture"),
    (Int64(V4L2_CAP_META_OUTPUT), "metadata output"),
    (Int64(V4L2_CAP_READWRITE), "read and write"),
    (Int64(V4L2_CAP_STREAMING), "streaming"),
    (Int64(V4L2_CAP_IO_MC), "media controller"),
  ]

  /// In words.
  package var names: [String] {
    Self.namesOfBits.filter { Int64(rawValue) & $0.bit != 0 }.map(\.name)
  }

  /// The kind of buffers that frames are captured in; nil where none are.
  package var captureBuffers: UInt32? {
    if contains(.capture) { return V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue }
    if contains(.captureOfPlanes) { return V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE.rawValue }
    return nil
  }
}

/// The text in a structure's array of bytes, up to its first zero.
func text<Bytes>(of bytes: Bytes) -> String {
  withUnsafeBytes(of: bytes) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

/// What a driver answers to requests that it does not know.
let notOffered = ENOTTY
