public import Swiftlet
public import SwiftletCamera

/// What a model says of a frame. It is encoded as a line of `live --json`.
public struct LiveAnswer: Encodable {
  /// Counts the answers of the stream from 0.
  public let number: Int
  /// The source's count of the frame.
  public let sequence: Int
  /// When what happened to it.
  public let times: FrameTimes
  /// What had become of the other frames when this one was ready.
  public let counts: FrameCounts
  /// The best classes, best first.
  public let top: [Classification]
  /// What was classified, where a sink asked for it; its bytes are there until the last sink has had the answer.
  public let picture: Picture?

  private enum CodingKeys: String, CodingKey {
    case frame, sequence, top
    case capture = "capture_ns"
  }

  /// Writes keys that stay: `frame`, `sequence`, `capture_ns`, `age_ms` ..., `top`.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(number, forKey: .frame)
    try values.encode(sequence, forKey: .sequence)
    try values.encode(times.capture, forKey: .capture)
    try values.encode(top, forKey: .top)
    var durations = encoder.container(keyedBy: Measure.Key.self)
    for it in Measure.allCases { try durations.encode(times.milliseconds(it), forKey: it.key) }
  }
}
