import SwiftletProgram
import Testing

struct JSONStringsTests {
  private func problem(_ bytes: [UInt8]) -> String? {
    bytes.withUnsafeBytes { JSONStrings.problem(in: $0) }
  }

  @Test(
    "strings that are valid",
    arguments: [
      "{}", "{\"a\": [1, \"b\"]}\r\n\t", #""\"\\\/\b\f\n\r\tA\u00e9""#, #""\ud83d\uDE00""#,
      "\"\u{1F600}\u{7f}\"", #""\\u12""#,
    ])
  func valid(text: String) { #expect(problem([UInt8](text.utf8)) == nil) }

  @Test(
    "strings that are not",
    arguments: [
      (#"{"\ud800": 1}"#, "escape at byte 2"), (#"{"\udc00": 1}"#, "escape at byte 2"),
      (#"{"\ud800x": 1}"#, "escape"), (#"{"\ud800A": 1}"#, "escape"),
      (#"{"\ud800\ud800": 1}"#, "escape"), (#"{"ab\x": 1}"#, "escape at byte 4"),
      (#"{"\u12": 1}"#, "escape"), (#"{"\u+123": 1}"#, "escape"), (#"{"\u12"#, "escape"),
      (#"{"\"#, "escape"), ("{\"a\u{0}\": 1}", "character at byte 3"), ("{\"\n\": 1}", "character"),
      ("{\u{0}}", "character at byte 1"),
    ])
  func invalid(text: String, expected: String) throws {
    #expect(try #require(problem([UInt8](text.utf8))).contains(expected))
  }

  @Test(
    "bytes that are not UTF-8",
    arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82], [0xFE, 0xFF]] as [[UInt8]])
  func notUTF8(bytes: [UInt8]) {
    #expect(problem([0x7B, 0x22] + bytes + [0x22, 0x7D]) == "it is not UTF-8")
  }
}
