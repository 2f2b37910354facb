import CSwiftletVideo
import Glibc
import SwiftletCamera

/// A driver that answers from tables, in the kernel's structures.
final class FakeNode: VideoNode {
  struct Size {
    var width: UInt32
    var height: UInt32
    /// Seconds between frames, as fractions.
    var intervals: [(numerator: UInt32, denominator: UInt32)]
  }

  enum Sizes {
    case discrete([Size])
    case stepwise(from: Size, to: Size, stepX: UInt32, stepY: UInt32)
  }

  struct Format {
    var code: PixelFormat
    var name: String
    var flags: Int32 = 0
    var sizes: Sizes
  }

  var driver = "fake"
  var card = "Fake camera"
  var bus = "platform:fake"
  var capabilities: Int64 = Int64(V4L2_CAP_VIDEO_CAPTURE) | Int64(V4L2_CAP_STREAMING)
  /// What this node can do, where the driver says that.
  var nodeCapabilities: Int64?
  var formats: [Format] = []
  /// Rates as a range.
  var hasStepwiseRates = false
  /// Requests that are answered by an errno.
  var failures: [UInt: Int32] = [:]
  /// Whether the list of formats never ends.
  var isEndless = false
  private(set) var requests: [UInt] = []

  func control(_ request: UInt, _ argument: UnsafeMutableRawPointer) -> Int32 {
    requests.append(request)
    if let code = failures[request] { return code }
    switch request {
    case UInt(swl_video_query_capability):
      return answer(argument, as: v4l2_capability.self, capability)
    case UInt(swl_video_enumerate_formats):
      return answer(argument, as: v4l2_fmtdesc.self, format)
    case UInt(swl_video_enumerate_frame_sizes):
      return answer(argument, as: v4l2_frmsizeenum.self, size)
    case UInt(swl_video_enumerate_frame_intervals):
      return answer(argument, as: v4l2_frmivalenum.self, interval)
    default: return ENOTTY
    }
  }

  private func answer<T>(
    _ argument: UnsafeMutableRawPointer, as type: T.Type, _ body: (inout T) -> Int32
  ) -> Int32 {
    body(&argument.assumingMemoryBound(to: T.self).pointee)
  }

  private func capability(_ answer: inout v4l2_capability) -> Int32 {
    fill(&answer.driver, driver)
    fill(&answer.card, card)
    fill(&answer.bus_info, bus)
    answer.capabilities = UInt32(truncatingIfNeeded: capabilities)
    if let nodeCapabilities {
      answer.capabilities |= 0x8000_0000
      answer.device_caps = UInt32(truncatingIfNeeded: nodeCapabilities)
    }
    return 0
  }

  private func format(_ answer: inout v4l2_fmtdesc) -> Int32 {
    let bits = nodeCapabilities ?? capabilities
    let type =
      bits & Int64(V4L2_CAP_VIDEO_CAPTURE) != 0
      ? V4L2_BUF_TYPE_VIDEO_CAPTURE : V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE
    guard answer.type == type.rawValue else { return EINVAL }
    let index = isEndless ? 0 : Int(answer.index)
    guard formats.indices.contains(index) else { return EINVAL }
    answer.pixelformat = formats[index].code.code
    answer.flags = UInt32(formats[index].flags)
    fill(&answer.description, formats[index].name)
    return 0
  }

  private func size(_ answer: inout v4l2_frmsizeenum) -> Int32 {
    guard let format = formats.first(where: { $0.code.code == answer.pixel_format }) else {
      return EINVAL
    }
    switch format.sizes {
    case .discrete(let sizes):
      guard sizes.indices.contains(Int(answer.index)) else { return EINVAL }
      let size = sizes[Int(answer.index)]
      answer.type = V4L2_FRMSIZE_TYPE_DISCRETE.rawValue
      answer.discrete = v4l2_frmsize_discrete(width: size.width, height: size.height)
    case .stepwise(let smallest, let largest, let stepX, let stepY):
      guard answer.index == 0 else { return EINVAL }
      answer.type = V4L2_FRMSIZE_TYPE_STEPWISE.rawValue
      answer.stepwise = v4l2_frmsize_stepwise(
        min_width: smallest.width, max_width: largest.width, step_width: stepX,
        min_height: smallest.height, max_height: largest.height, step_height: stepY)
    }
    return 0
  }

  private func interval(_ answer: inout v4l2_frmivalenum) -> Int32 {
    let sizes = formats.filter { $0.code.code == answer.pixel_format }.flatMap { format in
      switch format.sizes {
      case .discrete(let sizes): sizes
      case .stepwise(let smallest, let largest, _, _): [smallest, largest]
      }
    }
    guard
      let size = sizes.first(where: { $0.width == answer.width && $0.height == answer.height })
    else { return EINVAL }
    let fractions = size.intervals.map {
      v4l2_fract(numerator: $0.numerator, denominator: $0.denominator)
    }
    if hasStepwiseRates {
      guard answer.index == 0, let first = fractions.first, let last = fractions.last else {
        return EINVAL
      }
      answer.type = V4L2_FRMIVAL_TYPE_CONTINUOUS.rawValue
      answer.stepwise = v4l2_frmival_stepwise(min: first, max: last, step: first)
      return 0
    }
    guard fractions.indices.contains(Int(answer.index)) else { return EINVAL }
    answer.type = V4L2_FRMIVAL_TYPE_DISCRETE.rawValue
    answer.discrete = fractions[Int(answer.index)]
    return 0
  }

  /// Writes a text into an array of bytes, with a zero behind it where there is room.
  private func fill<Bytes>(_ bytes: inout Bytes, _ text: String) {
    withUnsafeMutableBytes(of: &bytes) { bytes in
      for (index, byte) in (Array(text.utf8) + [0]).prefix(bytes.count).enumerated() {
        bytes[index] = byte
      }
    }
  }
}
