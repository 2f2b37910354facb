/// What a frame takes on its way, as `live --json` calls it.
public enum Measure: String, CaseIterable, Sendable {
  /// From its capture until its decoding began.
  case age
  /// Its decoding; nothing where frames are not compressed.
  case decode
  /// Crop, resize and colours.
  case preprocess
  /// The model.
  case infer
  /// From its capture to its classes, the time that it waited for the model included.
  case total

  /// `age_ms`, `decode_ms` ...: what it is called in JSON.
  var key: Key { Key(stringValue: "\(rawValue)_ms") }

  struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}

/// When what happened to a frame, in nanoseconds of CLOCK_MONOTONIC.
public struct FrameTimes: Sendable, Equatable {
  /// When it was captured.
  public var capture: UInt64 = 0
  /// When its decoding began.
  public var decodeStart: UInt64 = 0
  /// When it was decoded.
  public var decodeEnd: UInt64 = 0
  /// When it was the model's input.
  public var prepareEnd: UInt64 = 0
  /// When the model began.
  public var inferStart: UInt64 = 0
  /// When its classes were known.
  public var inferEnd: UInt64 = 0

  /// What it took, in nanoseconds.
  public func nanoseconds(_ measure: Measure) -> UInt64 {
    switch measure {
    case .age: decodeStart - capture
    case .decode: decodeEnd - decodeStart
    case .preprocess: prepareEnd - decodeEnd
    case .infer: inferEnd - inferStart
    case .total: inferEnd - capture
    }
  }

  /// What it took, in milliseconds.
  public func milliseconds(_ measure: Measure) -> Double { Double(nanoseconds(measure)) / 1e6 }
}
