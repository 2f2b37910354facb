import Foundation
import SwiftletProgram
import Testing

struct ModelFileTests {
  let sample = SampleProgram()
  let file: [UInt8]

  init() throws {
    file = try ModelFileWriter.encode(
      program: sample.program, data: sample.data, labels: sample.labels,
      metadata: ["source_sha256": "0123", "converter": "test \"quoted\"\n\u{1}é"])
  }

  @Test func roundTrip() throws {
    try file.withUnsafeBytes { bytes in
      let model = try ModelFile(validating: bytes)
      #expect(model.program == sample.program)
      #expect(model.labels == sample.labels)
      #expect(
        model.metadata == ["source_sha256": "0123", "converter": "test \"quoted\"\n\u{1}é"])
      #expect(model.dataNames == sample.data.keys.sorted())
      for (name, tensor) in sample.data {
        let view = try #require(model.data(name))
        #expect(view.type == tensor.type)
        #expect(Array(view.bytes.prefix(tensor.bytes.count)) == tensor.bytes)
        #expect(view.bytes.dropFirst(tensor.bytes.count).allSatisfy { $0 == 0 })
        #expect(view.bytes.count % 64 == 0)
        #expect(view.count == view.shape.reduce(1, *))
        let start = try #require(view.bytes.baseAddress)
        let offset = start - (try #require(bytes.baseAddress))
        #expect(offset % 64 == 0)
        if tensor.bytes.count % 64 == 0 { #expect(view.shape == tensor.shape) }
      }
    }
  }

  @Test func reproducible() throws {
    let again = SampleProgram()
    let second = try ModelFileWriter.encode(
      program: again.program,
      data: Dictionary(uniqueKeysWithValues: again.data.shuffled()), labels: again.labels,
      metadata: ["converter": "test \"quoted\"\n\u{1}é", "source_sha256": "0123"])
    #expect(second == file)
  }

  @Test func writerRefusesWhatTheReaderRefuses() {
    #expect(throws: ModelFileError.self) {
      try ModelFileWriter.encode(program: sample.program, data: [:], labels: [])
    }
    for key in ModelFile.reservedKeys {
      #expect(throws: ModelFileError.self) {
        try ModelFileWriter.encode(
          program: sample.program, data: sample.data, labels: [], metadata: [key: ""])
      }
    }
  }

  @Test func everyTruncationIsAnError() {
    for count in 0..<file.count { #expect(refusal(of: Array(file[..<count])) != nil) }
    #expect(refusal(of: file + [0]) != nil)
  }

  @Test func everyDamagedByteIsAnError() {
    var damaged = file
    for index in file.indices {
      damaged[index] ^= 1 << UInt8(index % 8)
      #expect(refusal(of: damaged) != nil)
      damaged[index] = file[index]
    }
    #expect(refusal(of: damaged) == nil)
  }

  static let python = ProcessInfo.processInfo.environment["SWIFTLET_PYTHON"]

  @Test("Python's safetensors reads the file", .enabled(if: imports("safetensors")))
  func python() throws {
    let path = FileManager.default.temporaryDirectory.path + "/swiftlet-\(getpid()).swiftlet"
    try writeAtomically(file, to: path)
    defer { unlink(path) }
    let script = """
      import sys, hashlib
      from safetensors import safe_open
      with safe_open(sys.argv[1], "np") as f:
          print(f.metadata()["format"], len(f.metadata()["program"]))
          for name in sorted(f.keys()):
              t = f.get_tensor(name)
              print(name, list(t.shape), t.dtype, hashlib.sha256(t.tobytes()).hexdigest())
      """
    var expected = "swiftlet \(try sortedJSON(sample.program).count)\n"
    try file.withUnsafeBytes { bytes in
      let model = try ModelFile(validating: bytes)
      for name in model.dataNames {
        let view = try #require(model.data(name))
        let type: [DataType: String] = [
          .int8: "int8", .int16: "int16", .uint16: "uint16", .int32: "int32",
        ]
        expected +=
          "\(name) \(view.shape) \(type[view.type] ?? "") \(SHA256.hexDigest(of: view.bytes))\n"
      }
    }
    #expect(try Self.run(script, path) == expected)
  }

  private func sortedJSON(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  private static func imports(_ module: String) -> Bool {
    python != nil && (try? run("import \(module), numpy; print(1)")) == "1\n"
  }

  private static func run(_ script: String, _ arguments: String...) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python ?? "")
    process.arguments = ["-c", script] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: output, as: UTF8.self)
  }
}

struct AtomicFileTests {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.path + "/swiftlet-\(UUID())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  private func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  @Test func replacesWhatWasThere() throws {
    try withFolder { folder in
      for bytes in [[1, 2, 3], [], (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }] {
        try writeAtomically(bytes, to: folder + "/a")
        #expect(FileManager.default.contents(atPath: folder + "/a").map(Array.init) == bytes)
        #expect(try names(folder) == ["a"])
      }
    }
  }

  @Test func failuresLeaveNothingBehind() throws {
    try withFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/b", withIntermediateDirectories: false)
      for path in ["/b", "/none/a", "/"] {
        #expect {
          try writeAtomically([1], to: folder + path)
        } throws: { error in
          (error as? ModelFileError)?.description.contains(folder + path) == true
        }
      }
      #expect(try names(folder) == ["b"])
    }
  }
}
