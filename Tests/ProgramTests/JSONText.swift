import Foundation

/// JSON text that knows where each of its values stands, so that one can be replaced by any other text.
struct JSONText {
  typealias Path = [String]
  enum Kind { case number, boolean, string, object, array }
  struct Value {
    var path: Path
    var kind: Kind
    var range: Range<Int>
    /// The keys of an object.
    var keys: [String] = []
  }

  private(set) var text: [UInt8] = []
  private(set) var values: [Value] = []

  init(_ json: String) throws {
    append(try JSONSerialization.jsonObject(with: Data(json.utf8)), at: [])
  }

  /// The text with one value replaced.
  func replacing(_ value: Value, by other: String) -> String {
    String(
      decoding: text[..<value.range.lowerBound] + Array(other.utf8)
        + text[value.range.upperBound...], as: UTF8.self)
  }

  /// The text with one key of an object gone.
  func removing(_ key: String, of object: Value) -> String? {
    guard let value = values.first(where: { $0.path == object.path + [key] }) else { return nil }
    var start = value.range.lowerBound - key.utf8.count - 3
    var end = value.range.upperBound
    if text[end] == UInt8(ascii: ",") {
      end += 1
    } else if text[start - 1] == UInt8(ascii: ",") {
      start -= 1
    }
    return String(decoding: text[..<start] + text[end...], as: UTF8.self)
  }

  private mutating func append(_ node: Any, at path: Path) {
    let start = text.count
    var kind = Kind.object
    var keys: [String] = []
    switch node {
    case let object as [String: Any]:
      keys = object.keys.sorted()
      text.append(UInt8(ascii: "{"))
      for (index, key) in keys.enumerated() {
        text += Array("\(index > 0 ? "," : "")\"\(key)\":".utf8)
        append(object[key] ?? NSNull(), at: path + [key])
      }
      text.append(UInt8(ascii: "}"))
    case let array as [Any]:
      kind = .array
      text.append(UInt8(ascii: "["))
      for (index, element) in array.enumerated() {
        if index > 0 { text.append(UInt8(ascii: ",")) }
        append(element, at: path + ["\(index)"])
      }
      text.append(UInt8(ascii: "]"))
    case let string as String:
      kind = .string
      text += Array("\"\(string)\"".utf8)
    case let number as NSNumber where path.last == "isBGR":
      kind = .boolean
      text += Array("\(number.boolValue)".utf8)
    default:
      kind = .number
      text += Array("\(node)".utf8)
    }
    values.append(Value(path: path, kind: kind, range: start..<text.count, keys: keys))
  }
}
