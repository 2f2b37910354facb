#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Says where JSON does not fit and why, on one line.
package enum JSONProblem {
  /// Why `text` could not be decoded: where it stops being JSON, else the key where another value is expected.
  package static func describe(_ error: any Error, in text: [UInt8]) -> String {
    syntax(of: text) ?? describe(error)
  }

  /// Where text stops being JSON; nil where it is JSON.
  package static func syntax(of text: [UInt8]) -> String? {
    if let problem = text.withUnsafeBytes(JSONStrings.problem) { return problem }
    var scan = JSONScan(text)
    guard let place = scan.firstWrongByte() else { return nil }
    let before = text[..<place]
    let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let line = 1 + before.count { $0 == UInt8(ascii: "\n") }
    return "no valid JSON from line \(line), column \(place - lineStart + 1), on"
  }

  /// What a decoder says.
  static func describe(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    func place(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
      let path = context.codingPath + (key.map { [$0] } ?? [])
      let names = path.map { $0.intValue.map(String.init) ?? $0.stringValue }
      return names.isEmpty ? "" : "at \(names.joined(separator: ".")): "
    }
    switch error {
    case .typeMismatch(let type, let context): return place(context) + "expected \(name(of: type))"
    case .valueNotFound(let type, let context): return place(context) + "missing \(name(of: type))"
    case .keyNotFound(let key, let context): return place(context, key) + "missing"
    case .dataCorrupted(let context): return place(context) + context.debugDescription
    @unknown default: return "\(error)"
    }
  }

  /// A type as JSON has it.
  private static func name(of type: any Any.Type) -> String {
    switch type {
    case is String.Type: return "a string"
    case is Bool.Type: return "true or false"
    case is any FixedWidthInteger.Type: return "a whole number"
    case is any BinaryFloatingPoint.Type: return "a number"
    default: return "\(type)".hasPrefix("Array") ? "an array" : "an object"
    }
  }
}

/// Goes through text as far as it is JSON.
private struct JSONScan {
  private let text: [UInt8]
  private var at = 0

  /// Nested deeper than this, text is no JSON for Foundation either.
  private static let depth = 512

  init(_ text: [UInt8]) { self.text = text }

  mutating func firstWrongByte() -> Int? {
    guard value(inside: 0) else { return at }
    skipSpace()
    return at < text.count ? at : nil
  }

  private mutating func skipSpace() {
    while at < text.count, " \t\r\n".utf8.contains(text[at]) { at += 1 }
  }

  private mutating func take(_ token: String) -> Bool {
    skipSpace()
    guard text[at...].starts(with: token.utf8) else { return false }
    at += token.utf8.count
    return true
  }

  private mutating func value(inside depth: Int) -> Bool {
    guard depth < Self.depth else { return false }
    if take("{") {
      if take("}") { return true }
      repeat {
        guard string(), take(":"), value(inside: depth + 1) else { return false }
      } while take(",")
      return take("}")
    }
    if take("[") {
      if take("]") { return true }
      repeat {
        guard value(inside: depth + 1) else { return false }
      } while take(",")
      return take("]")
    }
    return string() || take("true") || take("false") || take("null") || number()
  }

  private mutating func string() -> Bool {
    skipSpace()
    guard at < text.count, text[at] == UInt8(ascii: "\"") else { return false }
    var end = at + 1
    while end < text.count, text[end] != UInt8(ascii: "\"") {
      end += text[end] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard end < text.count else { return false }
    at = end + 1
    return true
  }

  private mutating func number() -> Bool {
    let digits = text[at...].prefix { "+-.eE0123456789".utf8.contains($0) }
    guard Double(String(decoding: digits, as: UTF8.self)) != nil else { return false }
    at += digits.count
    return true
  }
}
