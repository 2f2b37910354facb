import Foundation
import SwiftletProgram
import Testing

/// Files that are something else, or a safetensors file whose header lies. Each has its own message.
struct ForeignFileTests {
  private func file(header: String, data: Int = 0) -> [UInt8] {
    let json = [UInt8](header.utf8)
    return withUnsafeBytes(of: UInt64(json.count).littleEndian) { [UInt8]($0) } + json
      + [UInt8](repeating: 0, count: data)
  }

  @Test(
    "what is no safetensors file",
    arguments: [
      [], [1, 2, 3], [UInt8]("%PDF-1.4 something".utf8), [UInt8](repeating: 0, count: 100),
      [UInt8](repeating: 0xff, count: 100), [8, 7, 0x12, 7] + [UInt8]("pytorch 2.1.0".utf8),
    ] as [[UInt8]])
  func noSafetensors(bytes: [UInt8]) throws {
    let message = try #require(refusal(of: bytes))
    #expect(message.contains("not a .swiftlet file"))
  }

  @Test func anotherSafetensorsFile() throws {
    let tensors = try ModelFileWriter.assemble(
      metadata: ["format": "pt"], data: ["w": DataTensor([Int8](repeating: 1, count: 64))])
    #expect(try #require(refusal(of: tensors)).contains("format is \"pt\", not 'swiftlet'"))
    let plain = file(
      header: "{\"w\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]}}", data: 1)
    #expect(try #require(refusal(of: plain)).contains("not 'swiftlet'"))
  }

  @Test("another version", arguments: [(3, "update swiftlet"), (1, "convert the model again")])
  func version(version: Int, remedy: String) throws {
    let file = try SampleProgram().unchecked(
      program: "{\"version\":\(version),\"layers\":[]}")
    #expect(try #require(refusal(of: file)).contains(remedy))
  }

  @Test func rewrittenByAnotherTool() throws {
    let sample = SampleProgram()
    let text = try json(sample.program)
    let unsigned = try ModelFileWriter.assemble(
      metadata: ["format": "swiftlet", "program": text, "labels": "[]"], data: sample.data)
    #expect(try #require(refusal(of: unsigned)).contains("another tool"))
  }

  @Test func missingMetadata() throws {
    for key in ["program", "labels"] {
      var metadata = [
        "format": "swiftlet", "program": try json(SampleProgram().program), "labels": "[]",
        "crc32c": "00000000",
      ]
      metadata[key] = nil
      var file = try ModelFileWriter.assemble(metadata: metadata, data: SampleProgram().data)
      try ModelFileWriter.sign(&file)
      #expect(try #require(refusal(of: file)).contains("no '\(key)'"))
    }
  }

  /// Headers of a data part of 128 bytes, and what is said of each.
  static let lies: [(entries: String, message: String)] = [
    (entry("a", 0, 64), "take 64 bytes"),
    (entry("a", 0, 64) + "," + entry("b", 64, 192, shape: "[128]"), "cut off"),
    (entry("a", 0, 64) + "," + entry("b", 0, 64), "overlap"),
    (entry("a", 0, 64) + "," + entry("b", 80, 128, shape: "[48]"), "gap"),
    (entry("a", 0, 96, shape: "[96]") + "," + entry("b", 96, 128, shape: "[32]"), "multiple of 64"),
    (entry("a", 0, 64) + "," + entry("b", 64, 128) + "," + entry("a", 0, 64), "twice"),
    (entry("a", 0, 64) + "," + entry("b", 64, 128, type: "F64"), "element type"),
    (entry("a", 0, 64) + "," + entry("b", 64, 128, shape: "[63]"), "63 bytes"),
    (entry("a", 0, 64) + "," + entry("b", 64, 128, shape: "[-64]"), "negative"),
    (entry("a", 0, 64) + "," + entry("b", 64, 128, shape: "[-8,-8]"), "negative"),
    (
      entry("a", 0, 64) + ","
        + entry("b", 64, 128, shape: "[4294967296,4294967296,4294967296]"), "too large"
    ),
    (entry("a", 0, 64) + "," + entry("b", 64, 128, shape: "[64.5]"), "not a safetensors header"),
    (entry("a", 0, 64) + "," + entry("b", 128, 64), "offsets"),
    (entry("a", -64, 0) + "," + entry("b", 0, 128, shape: "[128]"), "offsets"),
    (entry("a", 0, 64) + ",\"b\":{\"dtype\":\"I8\",\"shape\":[64]}", "data_offsets"),
    (entry("a", 0, 64) + ",\"b\":[]", "not a safetensors header"),
    (entry("a", 0, 64) + ",," + entry("b", 64, 128), "not a safetensors header"),
  ]

  private static func entry(
    _ name: String, _ start: Int, _ end: Int, type: String = "I8", shape: String = "[64]"
  ) -> String {
    "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":[\(start),\(end)]}"
  }

  @Test("headers that lie", arguments: lies.indices)
  func lyingHeader(index: Int) throws {
    let (entries, expected) = Self.lies[index]
    var header =
      "{\"__metadata__\":{\"crc32c\":\"00000000\",\"format\":\"swiftlet\",\"labels\":\"[]\","
    header += try "\"program\":\(json(json(SampleProgram().program)))},\(entries)}"
    header += String(repeating: " ", count: 63 - (header.utf8.count + 7) % 64)
    var file = file(header: header, data: 128)
    try ModelFileWriter.sign(&file)
    let message = try #require(refusal(of: file))
    #expect(message.contains(expected), "\(message)")
  }

  @Test func twoChecksums() throws {
    let header =
      "{\"__metadata__\":{\"crc32c\":\"00000000\",\"format\":\"swiftlet\","
      + "\"crc32c\":\"00000000\"}}"
    #expect(try #require(refusal(of: file(header: header))).contains("holds 2 checksums"))
  }

  @Test func hugeHeader() {
    let length = [UInt8](repeating: 0, count: 5) + [1, 0, 0]
    #expect(refusal(of: length + [UInt8]("{}".utf8))?.contains("not a .swiftlet file") == true)
  }
}
