import CSwiftletVideo
package import SwiftletImaging
package import SwiftletProgram

/// What a device is asked to capture.
package struct CaptureMode: Equatable, Sendable {
  package var format: FrameFormat
  package var width: Int
  package var height: Int
  /// Frames a second; what the device is set to where nobody says.
  package var rate: FrameRate?
  /// The kind of buffers.
  package var buffers: UInt32

  package init(
    format: FrameFormat, width: Int, height: Int, rate: FrameRate? = nil,
    buffers: UInt32 = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
  ) {
    (self.format, self.width, self.height, self.rate) = (format, width, height, rate)
    self.buffers = buffers
  }

  /// Fewer frames a second than this are avoided.
  private static let slowest = 14.0
  /// As many frames a second are asked for where a device offers them: devices stay at what the last program has set.
  fileprivate static let usualRate = FrameRate(frames: 30, seconds: 1)
  /// What is asked for where a driver names no sizes.
  private static let usualSize = (width: 640, height: 480)

  /// What costs least: the time that a frame takes to prepare, over the sizes that are no smaller than images are resized to.
  /// A size too small, a rate too low, grey for a model that takes colour, and formats that are converted from others come
  /// last, in this order from the worst on.
  ///
  /// - Throws: `CaptureError` if the device captures nothing that can be read, or not what is asked for.
  package static func cheapest(
    of device: VideoDevice, path: String, target: Preprocessing, format: FrameFormat? = nil,
    size: (width: Int, height: Int)? = nil
  ) throws(CaptureError) -> CaptureMode {
    let buffers = try buffers(of: device, path)
    let readable = device.formats.compactMap { offered in
      FrameFormat.all.first { PixelFormat($0) == offered.pixelFormat }.map { (offered, $0) }
    }
    let chosen = readable.filter { format == nil || $0.1 == format }
    guard !chosen.isEmpty else {
      throw CaptureError(
        description: readable.isEmpty
          ? "\(path): offers \(names(device.formats.map { "\($0.pixelFormat)" })), expected \(names(FrameFormat.all.map(\.name))); pipe its frames from a program that converts them (rpicam-vid, ffmpeg) into --source - --size WxH --format yu12"
          : "\(path): does not offer \(format?.name ?? ""); leave --format out, or choose of \(names(readable.map { $0.1.name }))"
      )
    }
    let shorter = target.shorterSide
    let isGrey = target.channels == 1
    var best: (cost: [Double], mode: CaptureMode)?
    for (offered, format) in chosen {
      let sizes = size.map { [offered.sizes.size(width: $0.width, height: $0.height)] }
      for size in sizes ?? offered.sizes.candidates(shorterSide: shorter) {
        let area = Double(size.width) * Double(size.height)
        let isTooSmall = min(size.width, size.height) < shorter
        let cost = [
          isTooSmall ? 1 : 0,
          size.rates.isSlower(than: slowest) ? 1 : 0,
          format.isGrey && !isGrey ? 1 : 0,
          offered.isEmulated ? 1 : 0,
          isTooSmall ? -area : 0,
          area * format.cost(isGrey: isGrey),
        ]
        if best.map({ cost.lexicographicallyPrecedes($0.cost) }) ?? true {
          best = (
            cost,
            CaptureMode(
              format: format, width: size.width, height: size.height, rate: size.rates.usual,
              buffers: buffers)
          )
        }
      }
    }
    return best?.mode
      ?? CaptureMode(
        format: chosen[0].1, width: usualSize.width, height: usualSize.height, buffers: buffers)
  }

  private static func names(_ formats: [String]) -> String {
    formats.isEmpty ? "no format" : formats.joined(separator: ", ")
  }

  /// The kind of buffers in which a device streams.
  private static func buffers(
    of device: VideoDevice, _ path: String
  ) throws(CaptureError) -> UInt32 {
    let it = device.capabilities
    if it.contains(.streaming), let buffers = it.captureBuffers { return buffers }
    let reason =
      it.captureBuffers != nil
      ? "does not stream, which swiftlet needs; use another device"
      : "captures no video (it offers: \(it.names.joined(separator: ", "))); swiftlet doctor lists the devices that do"
    throw CaptureError(description: "\(path): \(reason)")
  }
}

extension PixelFormat {
  /// V4L2's code of a format.
  init(_ format: FrameFormat) {
    code = format.code.utf8.reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }
}

extension FrameFormat {
  /// The time to prepare a pixel, roughly, in some unit: the bytes that are read, and much more where they are compressed.
  fileprivate func cost(isGrey: Bool) -> Double {
    switch name {
    case "grey": 1
    case "nv12", "nv21", "yu12", "yv12": isGrey ? 1 : 1.5
    case "nv16": isGrey ? 1 : 2
    case "yuyv", "uyvy", "yvyu": 2
    case "rgb24", "bgr24": 3
    default: 10
    }
  }
}

extension VideoSize.Rates {
  /// Whether even the fastest rate is; false where the driver names none.
  fileprivate func isSlower(than rate: Double) -> Bool {
    switch self {
    case .discrete(let rates): rates.map(\.framesPerSecond).max().map { $0 < rate } ?? false
    case .stepwise(_, let fastest): fastest.framesPerSecond < rate
    }
  }

  /// The rate nearest to the usual one: hardly slower where there is one, else the fastest; nil where the driver names none.
  fileprivate var usual: FrameRate? {
    let usual = CaptureMode.usualRate
    func isSlower(_ a: FrameRate, _ b: FrameRate) -> Bool { a.framesPerSecond < b.framesPerSecond }
    switch self {
    case .discrete(let rates):
      return rates.filter { $0.framesPerSecond > usual.framesPerSecond - 1 }.min(by: isSlower)
        ?? rates.max(by: isSlower)
    case .stepwise(let slowest, let fastest):
      if isSlower(fastest, usual) { return fastest }
      return isSlower(usual, slowest) ? slowest : usual
    }
  }
}

extension VideoFormat.Sizes {
  /// A size, with its rates where the driver names them.
  fileprivate func size(width: Int, height: Int) -> VideoSize {
    switch self {
    case .discrete(let sizes):
      sizes.first { $0.width == width && $0.height == height }
        ?? VideoSize(width: width, height: height, rates: .discrete([]))
    case .stepwise(let smallest, _, _, _):
      VideoSize(width: width, height: height, rates: smallest.rates)
    }
  }

  /// The sizes to choose from; of a range the smallest, in its largest size's proportions, that is no smaller than asked.
  fileprivate func candidates(shorterSide: Int) -> [VideoSize] {
    switch self {
    case .discrete(let sizes):
      return sizes.filter { $0.width > 0 && $0.height > 0 }
    case .stepwise(let smallest, let largest, let stepX, let stepY):
      let shorter = min(largest.width, largest.height)
      guard shorter > 0 else { return [] }
      func side(_ largest: Int, _ smallest: Int, _ step: Int) -> Int {
        let wanted = (largest * min(shorterSide, shorter) + shorter - 1) / shorter
        let steps = max(0, wanted - smallest + max(1, step) - 1) / max(1, step)
        return min(largest, smallest + steps * max(1, step))
      }
      return [
        VideoSize(
          width: side(largest.width, smallest.width, stepX),
          height: side(largest.height, smallest.height, stepY), rates: smallest.rates)
      ]
    }
  }
}
