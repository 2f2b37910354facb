import Glibc
import Swiftlet
import SwiftletProgram
import Testing

@Suite struct ModelTests {
  /// Writes bytes to a file of their own, and removes it afterwards.
  private func withFile<Result>(_ bytes: [UInt8], _ body: (String) throws -> Result) throws
    -> Result
  {
    let path = "/tmp/swiftlet-test-\(getpid())-\(bytes.count)-\(UInt64.random(in: 0 ... .max))"
    defer { unlink(path) }
    let file = try #require(fopen(path, "wb"))
    #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    fclose(file)
    return try body(path)
  }

  private func file() throws -> [UInt8] {
    let (builder, program) = everyInstruction(seed: 8)
    return try ModelFileWriter.encode(program: program, data: builder.data, labels: [])
  }

  private func message(_ bytes: [UInt8]) throws -> String {
    try withFile(bytes) { path in
      do {
        _ = try Model(contentsOf: path)
        return ""
      } catch let error as ModelFileError {
        #expect(error.description.contains(path) && !error.description.contains("\n"))
        return error.description
      }
    }
  }

  /// A model is its own: the file may be overwritten, as cp and scp do.
  @Test func filesAndBytesAreTheSame() throws {
    let bytes = try file()
    let copied = try Model(bytes: bytes)
    let read = try withFile(bytes) { path in
      defer { #expect(truncate(path, 0) == 0) }
      return try Model(contentsOf: path)
    }
    #expect(copied.program == read.program)
    var logits: [[Int16]] = []
    for model in [copied, read] {
      var session = try Session(model: model, threads: 1)
      session.withInput { input in
        for index in input.indices { input[index] = Int8(truncatingIfNeeded: index &* 31) }
      }
      session.run()
      logits.append(session.logits)
    }
    #expect(logits[0] == logits[1])
  }

  @Test func saysWhatIsWrong() throws {
    let bytes = try file()
    #expect(throws: ModelFileError.self) { try Model(contentsOf: "/nowhere/model.swiftlet") }
    #expect(throws: ModelFileError.self) { try Model(contentsOf: "/tmp") }
    #expect(try message(bytes).isEmpty)
    #expect(try message([]).contains("empty"))
    #expect(try !message(Array("hello".utf8)).isEmpty)
    #expect(try !message(Array(bytes.prefix(bytes.count / 2))).isEmpty)
    #expect(try !message(bytes + [0]).isEmpty)
    var altered = bytes
    altered[bytes.count - 100] ^= 1
    #expect(try !message(altered).isEmpty)
  }

  @Test func bestClassesFirst() {
    let top = Classification.top(
      4, of: [5, -3, 9, 9, 5, 5], labels: ["a", "b", "c", "d", "e", "f"])
    #expect(top.map(\.index) == [2, 3, 0, 4])
    #expect(top.map(\.label) == ["c", "d", "a", "e"])
    #expect(top[0].score == top[1].score && top[1].score > top[2].score)
    let all = Classification.top(9, of: [1, 2])
    #expect(all.map(\.index) == [1, 0] && all.map(\.label) == ["1", "0"])
    #expect(abs(all[0].score - 0.731_058_6) < 1e-6 && abs(all[1].score - 0.268_941_4) < 1e-6)
    #expect(Classification.top(-1, of: [1]).isEmpty && Classification.top(3, of: []).isEmpty)
  }
}
