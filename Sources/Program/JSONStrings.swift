/// A check of JSON text before Foundation decodes it: Swift 6.0's decoder ends the process at a key that is no valid string.
package enum JSONStrings {
  /// What is wrong with the text's encoding or with a string in it, and where; nil if nothing is.
  package static func problem(in text: UnsafeRawBufferPointer) -> String? {
    guard String(validating: text, as: UTF8.self) != nil else { return "it is not UTF-8" }
    var at = 0
    var isInString = false
    while at < text.count {
      switch text[at] {
      case UInt8(ascii: "\\") where isInString:
        guard let count = escapeCount(text[at...]) else { return "invalid escape at byte \(at)" }
        at += count
        continue
      case UInt8(ascii: "\""): isInString.toggle()
      case UInt8(ascii: "\t") where !isInString, UInt8(ascii: "\n") where !isInString,
        UInt8(ascii: "\r") where !isInString:
        break
      case 0..<32: return "control character at byte \(at)"
      default: break
      }
      at += 1
    }
    return nil
  }

  /// The bytes of the escape sequence that `text` starts with, both halves of a surrogate pair included.
  private static func escapeCount(_ text: Slice<UnsafeRawBufferPointer>) -> Int? {
    if let character = text.dropFirst().first, "\"\\/bfnrt".utf8.contains(character) { return 2 }
    guard let unit = codeUnit(text), !UTF16.isTrailSurrogate(unit) else { return nil }
    guard UTF16.isLeadSurrogate(unit) else { return 6 }
    guard let trail = codeUnit(text.dropFirst(6)), UTF16.isTrailSurrogate(trail) else { return nil }
    return 12
  }

  /// The value of the escape sequence `\u` with four digits that `text` starts with.
  private static func codeUnit(_ text: Slice<UnsafeRawBufferPointer>) -> UInt16? {
    guard text.starts(with: "\\u".utf8), text.count >= 6 else { return nil }
    let digits = text.dropFirst(2).prefix(4)
    guard digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else { return nil }
    return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
  }
}
