import CSwiftletVideo

/// A format that a video device captures in.
package struct VideoFormat: Equatable, Sendable {
  /// Sizes that a device offers.
  package enum Sizes: Equatable, Sendable {
    case discrete([VideoSize])
    /// All sizes from the smallest to the largest, in steps of so many pixels.
    case stepwise(from: VideoSize, to: VideoSize, stepX: Int, stepY: Int)
  }

  package var pixelFormat: PixelFormat
  /// The driver's words for it.
  package var name: String
  package var isCompressed: Bool
  /// Whether another format is converted to this one, by the driver or by libv4l.
  package var isEmulated: Bool
  package var sizes: Sizes
}

/// A size of frames, and how many there are in a second.
package struct VideoSize: Equatable, Sendable {
  package var width: Int
  package var height: Int
  package var rates: Rates

  package init(width: Int, height: Int, rates: Rates) {
    self.width = width
    self.height = height
    self.rates = rates
  }

  /// Frames a second that a device offers.
  package enum Rates: Equatable, Sendable {
    /// In the driver's order; empty where it does not say.
    case discrete([FrameRate])
    case stepwise(from: FrameRate, to: FrameRate)
  }
}

/// Frames a second, as the fraction that the driver names.
package struct FrameRate: Equatable, Sendable {
  package var frames: Int
  package var seconds: Int

  package init(frames: Int, seconds: Int) {
    self.frames = frames
    self.seconds = seconds
  }

  /// nil where a driver says that frames take no time, or for ever.
  init?(interval: v4l2_fract) {
    guard interval.numerator > 0, interval.denominator > 0 else { return nil }
    self.init(frames: Int(interval.denominator), seconds: Int(interval.numerator))
  }

  package var framesPerSecond: Double { Double(frames) / Double(seconds) }
}

extension VideoNode {
  /// The formats of a kind of buffer, each with its sizes and rates.
  func formats(ofBuffers type: UInt32) throws(SystemCallError) -> [VideoFormat] {
    let descriptions = try list { (index) throws(SystemCallError) -> v4l2_fmtdesc in
      var description = v4l2_fmtdesc()
      description.index = index
      description.type = type
      try control(swl_video_enumerate_formats, &description)
      return description
    }
    var formats: [VideoFormat] = []
    for description in descriptions {
      formats.append(
        VideoFormat(
          pixelFormat: PixelFormat(code: description.pixelformat),
          name: text(of: description.description),
          isCompressed: description.flags & UInt32(V4L2_FMT_FLAG_COMPRESSED) != 0,
          isEmulated: description.flags & UInt32(V4L2_FMT_FLAG_EMULATED) != 0,
          sizes: try sizes(of: description.pixelformat)))
    }
    return formats
  }

  private func sizes(of format: UInt32) throws(SystemCallError) -> VideoFormat.Sizes {
    let answers = try listIfOffered { (index) throws(SystemCallError) -> v4l2_frmsizeenum in
      var size = v4l2_frmsizeenum()
      size.index = index
      size.pixel_format = format
      try control(swl_video_enumerate_frame_sizes, &size)
      return size
    }
    if let first = answers.first, first.type != V4L2_FRMSIZE_TYPE_DISCRETE.rawValue {
      let range = first.stepwise
      return .stepwise(
        from: try size(range.min_width, range.min_height, of: format),
        to: try size(range.max_width, range.max_height, of: format),
        stepX: Int(range.step_width), stepY: Int(range.step_height))
    }
    var sizes: [VideoSize] = []
    for answer in answers {
      sizes.append(try size(answer.discrete.width, answer.discrete.height, of: format))
    }
    return .discrete(sizes)
  }

  private func size(
    _ width: UInt32, _ height: UInt32, of format: UInt32
  ) throws(SystemCallError) -> VideoSize {
    let answers = try listIfOffered { (index) throws(SystemCallError) -> v4l2_frmivalenum in
      var interval = v4l2_frmivalenum()
      interval.index = index
      interval.pixel_format = format
      interval.width = width
      interval.height = height
      try control(swl_video_enumerate_frame_intervals, &interval)
      return interval
    }
    let rates: VideoSize.Rates
    if let first = answers.first, first.type != V4L2_FRMIVAL_TYPE_DISCRETE.rawValue,
      let slowest = FrameRate(interval: first.stepwise.max),
      let fastest = FrameRate(interval: first.stepwise.min)
    {
      rates = .stepwise(from: slowest, to: fastest)
    } else {
      rates = .discrete(answers.compactMap { FrameRate(interval: $0.discrete) })
    }
    return VideoSize(width: Int(width), height: Int(height), rates: rates)
  }

  /// A list that drivers need not offer; empty where they do not.
  private func listIfOffered<Element>(
    _ element: (UInt32) throws(SystemCallError) -> Element
  ) throws(SystemCallError) -> [Element] {
    do { return try list(element) } catch {
      guard error.code == notOffered else { throw error }
      return []
    }
  }
}
