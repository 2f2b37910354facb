public import SwiftletCamera
public import SwiftletMeasuring

/// What became of a stream. Encoded, it is what `live --json` says last, under the key `summary`.
public struct LiveSummary: Encodable, CustomStringConvertible {
  /// Where the frames came from.
  public let source: SourceInformation
  /// How many were answered.
  public let frames: Int
  /// What became of the others.
  public let counts: FrameCounts
  /// Frames a second, from the beginning of the stream.
  public let framesPerSecond: Double
  private let percentiles: [Measure: Percentiles]

  init(_ source: SourceInformation, _ statistics: LiveStatistics, _ counts: FrameCounts) {
    (self.source, self.counts, frames) = (source, counts, statistics.frames)
    framesPerSecond = statistics.rate
    var all: [Measure: Percentiles] = [:]
    for it in Measure.allCases { all[it] = statistics.percentiles(it) }
    percentiles = all
  }

  /// What the last frames (65,536 at most) took; nil where there was none.
  public func percentiles(_ measure: Measure) -> Percentiles? { percentiles[measure] }

  /// For people, on one line.
  public var description: String {
    var parts = ["\(frames) frames", "\(counts.skipped) skipped"]
    if counts.stale > 0 { parts.append("\(counts.stale) stale") }
    if counts.dropped > 0 { parts.append("\(counts.dropped) dropped") }
    parts.append("\(NumberText.fixed(framesPerSecond, 1)) frames/s")
    if let total = percentiles(.total) {
      parts.append(
        "\(NumberText.fixed(total.p50, 2)) ms from capture to label (p50), \(NumberText.fixed(total.p99, 2)) (p99)"
      )
    }
    return parts.joined(separator: ", ")
  }

  private enum CodingKeys: CodingKey { case source, frames, skipped, stale, dropped, fps }

  /// Writes keys that stay: `source`, `frames`, `fps`, `age_ms` ...
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(EncodedSource(source), forKey: .source)
    try values.encode(frames, forKey: .frames)
    try values.encode(counts.skipped, forKey: .skipped)
    try values.encode(counts.stale, forKey: .stale)
    try values.encode(counts.dropped, forKey: .dropped)
    try values.encode(framesPerSecond, forKey: .fps)
    var durations = encoder.container(keyedBy: Measure.Key.self)
    for it in Measure.allCases { try durations.encodeIfPresent(percentiles[it], forKey: it.key) }
  }
}

private struct EncodedSource: Encodable {
  let kind, name: String
  let format: String?
  let width, height: Int?
  let clock: String
  let exact: Bool

  init(_ it: SourceInformation) {
    (kind, name, format) = (it.kind.rawValue, it.name, it.format)
    (width, height) = (it.width, it.height)
    (clock, exact) = (it.clock.rawValue, it.isExact)
  }
}
