import Swiftlet
import SwiftletCamera

/// A frame's classes and times.
struct LiveFrame: Encodable {
  var frame: Int
  var sequence: Int
  var captureNanoseconds: UInt64
  /// From its capture until its decoding began.
  var ageMilliseconds: Double
  var decodeMilliseconds: Double
  var preprocessMilliseconds: Double
  var inferMilliseconds: Double
  /// From its capture to its classes, the time that it waited for the model included.
  var totalMilliseconds: Double
  var top: [Classification]

  private enum CodingKeys: String, CodingKey {
    case frame, sequence, top
    case captureNanoseconds = "capture_ns"
    case ageMilliseconds = "age_ms"
    case decodeMilliseconds = "decode_ms"
    case preprocessMilliseconds = "preprocess_ms"
    case inferMilliseconds = "infer_ms"
    case totalMilliseconds = "total_ms"
  }

  init(
    _ frame: PreparedFrame, number: Int, inferStart: UInt64, end: UInt64, top: [Classification]
  ) {
    func milliseconds(_ start: UInt64, _ end: UInt64) -> Double { Double(end - start) / 1e6 }
    self.frame = number
    sequence = frame.sequence
    captureNanoseconds = frame.captureNanoseconds
    ageMilliseconds = milliseconds(frame.captureNanoseconds, frame.decodeStartNanoseconds)
    decodeMilliseconds = milliseconds(frame.decodeStartNanoseconds, frame.decodeEndNanoseconds)
    preprocessMilliseconds = milliseconds(frame.decodeEndNanoseconds, frame.prepareEndNanoseconds)
    inferMilliseconds = milliseconds(inferStart, end)
    totalMilliseconds = milliseconds(frame.captureNanoseconds, end)
    self.top = top
  }
}

/// The times of a stream's frames, in memory of a fixed size: the last ones.
struct LiveStatistics {
  enum Measure: String, CaseIterable { case age, decode, preprocess, infer, total }

  /// As many frames are remembered.
  static let capacity = 1 << 16

  private(set) var frames = 0
  private var times: [[UInt64]]
  private var ends: [UInt64]
  private let start = monotonicNanoseconds()

  init() {
    times = Measure.allCases.map { _ in Array(repeating: 0, count: Self.capacity) }
    ends = Array(repeating: 0, count: Self.capacity)
  }

  mutating func add(_ frame: PreparedFrame, inferStart: UInt64, end: UInt64) {
    let index = frames % Self.capacity
    ends[index] = end
    times[0][index] = frame.decodeStartNanoseconds - frame.captureNanoseconds
    times[1][index] = frame.decodeEndNanoseconds - frame.decodeStartNanoseconds
    times[2][index] = frame.prepareEndNanoseconds - frame.decodeEndNanoseconds
    times[3][index] = end - inferStart
    times[4][index] = end - frame.captureNanoseconds
    frames += 1
  }

  /// Of the last frames; nil before the first.
  func percentiles(_ measure: Measure, last count: Int = capacity) -> Percentiles? {
    guard let index = Measure.allCases.firstIndex(of: measure) else { return nil }
    return Percentiles(nanoseconds: recent(count).map { times[index][$0] })
  }

  /// Frames a second since the beginning.
  var rate: Double { Double(frames) / (Double(monotonicNanoseconds() - start) / 1e9) }

  /// Frames a second lately.
  func rate(last count: Int) -> Double {
    let indices = recent(count)
    guard let first = indices.first, let last = indices.last, indices.count > 1 else { return 0 }
    return Double(indices.count - 1) / (Double(max(1, ends[last] - ends[first])) / 1e9)
  }

  /// Where the last frames stand, the oldest first.
  private func recent(_ count: Int) -> [Int] {
    (max(0, frames - min(count, Self.capacity))..<frames).map { $0 % Self.capacity }
  }
}

/// What became of a stream.
struct LiveSummary: Encodable {
  struct Source: Encodable {
    var kind: String
    var name: String
    var format: String?
    var width: Int?
    var height: Int?
    /// `driver` or `arrival`: what age is counted from.
    var clock: String
    /// Whether the model saw the very pixels that `classify` makes of an image.
    var exact: Bool
  }

  struct Content: Encodable {
    var source: Source
    var frames: Int
    var skipped: Int
    var stale: Int
    var dropped: Int
    var fps: Double
    /// Nothing of no frames.
    var age: Percentiles?
    var decode: Percentiles?
    var preprocess: Percentiles?
    var infer: Percentiles?
    var total: Percentiles?

    private enum CodingKeys: String, CodingKey {
      case source, frames, skipped, stale, dropped, fps
      case age = "age_ms"
      case decode = "decode_ms"
      case preprocess = "preprocess_ms"
      case infer = "infer_ms"
      case total = "total_ms"
    }
  }

  var summary: Content

  init(_ source: SourceInformation, _ statistics: LiveStatistics, _ counts: FrameCounts) {
    summary = Content(
      source: Source(
        kind: source.kind.rawValue, name: source.name, format: source.format, width: source.width,
        height: source.height, clock: source.clock.rawValue, exact: source.isExact),
      frames: statistics.frames, skipped: counts.skipped, stale: counts.stale,
      dropped: counts.dropped, fps: statistics.rate, age: statistics.percentiles(.age),
      decode: statistics.percentiles(.decode), preprocess: statistics.percentiles(.preprocess),
      infer: statistics.percentiles(.infer), total: statistics.percentiles(.total))
  }

  var text: String {
    let it = summary
    var parts = ["\(it.frames) frames", "\(it.skipped) skipped"]
    if it.stale > 0 { parts.append("\(it.stale) stale") }
    if it.dropped > 0 { parts.append("\(it.dropped) dropped") }
    parts.append("\(NumberText.fixed(it.fps, 1)) frames/s")
    if let total = it.total {
      parts.append(
        "\(NumberText.fixed(total.p50, 2)) ms from capture to label (p50), \(NumberText.fixed(total.p99, 2)) (p99)"
      )
    }
    return parts.joined(separator: ", ")
  }
}
