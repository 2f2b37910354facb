import Foundation
import SwiftProtobuf
import SwiftletGraph
import SwiftletONNXImport
import Testing

@Suite struct FileTests {
  /// Runs `body` with a new folder, which is removed afterwards.
  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("swiftlet-import-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  /// What importing the file says, which must be an error.
  private func message(_ file: URL) throws -> String {
    do {
      _ = try ONNXImport.load(path: file.path)
    } catch {
      return "\(error)"
    }
    throw Unexpected()
  }

  private struct Unexpected: Error {}

  private static let relu = model(
    inputs: [input("x", [nil, 4])], nodes: [node("Relu", ["x"], ["y"])], outputs: ["y"])

  @Test func aFileBecomesAGraph() throws {
    try withFolder { folder in
      let file = folder.appendingPathComponent("m.onnx")
      var model = Self.relu
      var entry = Onnx_StringStringEntryProto()
      (entry.key, entry.value) = ("labels", "a,b")
      model.metadataProps = [entry]
      try model.serializedData().write(to: file)
      let graph = try ONNXImport.load(path: file.path)
      #expect(graph.operators == [.unary(.relu)])
      #expect(graph.values.map(\.name) == ["x", "y"])
      #expect(graph.values.map(\.shape) == [[1, 4], [1, 4]])
      #expect(graph.metadata == ["labels": "a,b"])
    }
  }

  @Test func whatIsNoModelIsSaidInOneLine() throws {
    try withFolder { folder in
      let cases: [(String, Data?, String)] = [
        ("missing", nil, "no such file"),
        ("empty", Data(), "empty"),
        ("lfs", Data("version https://git-lfs.github.com/spec/v1\n".utf8), "Git LFS"),
        ("text", Data("hello, world, this is not a model".utf8), "not an ONNX model"),
        ("zeros", Data(count: 100), "not an ONNX model"),
        ("other", Data([0x08, 0x07]), "no graph"),
        ("cut", try Self.relu.serializedData().dropLast(4), "truncated"),
      ]
      for (name, data, expected) in cases {
        let file = folder.appendingPathComponent(name)
        try data?.write(to: file)
        let text = try message(file)
        #expect(text.contains(expected), "\(name): \(text)")
        #expect(text.hasPrefix(file.path) && !text.contains("\n"), "\(name): \(text)")
      }
      #expect(try message(folder).contains("folder"))
    }
  }

  @Test func everyPrefixOfAModelIsAnErrorOrAModel() throws {
    let bytes = try Self.relu.serializedData()
    for count in 0..<bytes.count {
      let prefix = bytes.prefix(count)
      if let model = try? ONNXImport.decode(prefix) { _ = try? ONNXImport.graph(of: model) }
    }
    #expect(try ONNXImport.graph(of: ONNXImport.decode(bytes)).nodes.count == 1)
  }

  // MARK: External data

  private func external(_ fields: [String: String]) -> Onnx_ModelProto {
    var weights = floats("w", [3], [])
    weights.dataLocation = .external
    weights.externalData = fields.sorted { $0.key < $1.key }.map { key, value in
      var entry = Onnx_StringStringEntryProto()
      (entry.key, entry.value) = (key, value)
      return entry
    }
    return model(
      inputs: [input("x", [nil, 3])], initializers: [weights],
      nodes: [node("Add", ["x", "w"], ["y"])], outputs: ["y"])
  }

  private func weights(_ folder: URL, _ fields: [String: String]) throws -> [Float]? {
    let file = folder.appendingPathComponent("m.onnx")
    try external(fields).serializedData().write(to: file)
    return try ONNXImport.load(path: file.path).values.compactMap { $0.constant?.floats }.first
  }

  @Test func externalDataIsReadFromTheModelsFolder() throws {
    try withFolder { folder in
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent("sub"), withIntermediateDirectories: true)
      let data = [Float](arrayLiteral: 9, 1, 2, 3).withUnsafeBytes { Data($0) }
      try data.write(to: folder.appendingPathComponent("w.bin"))
      try data.dropFirst(4).write(to: folder.appendingPathComponent("sub/w.bin"))
      #expect(
        try weights(folder, ["location": "w.bin", "offset": "4", "length": "12"]) == [1, 2, 3])
      #expect(try weights(folder, ["location": "w.bin", "offset": "4"]) == [1, 2, 3])
      for location in ["sub/w.bin", "./sub/../sub/w.bin", "sub/./w.bin", "sub/../sub//w.bin"] {
        #expect(try weights(folder, ["location": location]) == [1, 2, 3], "\(location)")
      }
    }
  }

  /// Without a length a tensor has as many bytes as it needs, whatever follows.
  @Test func externalDataMayLeaveOutItsLength() throws {
    try withFolder { folder in
      let data = [Float](arrayLiteral: 9, 1, 2, 3, 7).withUnsafeBytes { Data($0) }
      try data.write(to: folder.appendingPathComponent("w.bin"))
      #expect(try weights(folder, ["location": "w.bin", "offset": "4"]) == [1, 2, 3])
    }
  }

  /// Hugging Face's cache: the model and its data are links from a snapshot to blobs. A model that is no link reaches none.
  @Test func externalDataMayBeALinkBesideALink() throws {
    try withFolder { outer in
      let (blobs, snapshot) = (
        outer.appendingPathComponent("blobs"), outer.appendingPathComponent("snapshots/0")
      )
      for folder in [blobs, snapshot] {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      }
      try [Float](arrayLiteral: 1, 2, 3).withUnsafeBytes { Data($0) }
        .write(to: blobs.appendingPathComponent("b"))
      let bytes = try external(["location": "m.onnx_data"]).serializedData()
      try bytes.write(to: blobs.appendingPathComponent("a"))
      func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(
          atPath: snapshot.appendingPathComponent(name).path, withDestinationPath: target)
      }
      try link("m.onnx", to: "../../blobs/a")
      try link("m.onnx_data", to: "../../blobs/b")
      let file = snapshot.appendingPathComponent("m.onnx")
      let graph = try ONNXImport.load(path: file.path)
      #expect(graph.values.compactMap { $0.constant?.floats }.first == [1, 2, 3])

      try FileManager.default.removeItem(at: file)
      try bytes.write(to: file)
      let error = try #require(throws: ONNXImportError.self) {
        try ONNXImport.load(path: file.path)
      }
      #expect("\(error)".contains("not inside"))
    }
  }

  @Test func externalDataNeverLeavesTheFolderOrTheFile() throws {
    try withFolder { outer in
      let folder = outer.appendingPathComponent("model")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let data = Data(count: 12)
      try data.write(to: outer.appendingPathComponent("secret"))
      try data.write(to: folder.appendingPathComponent("w.bin"))
      try data.write(to: outer.appendingPathComponent("model-evil"))
      try FileManager.default.createSymbolicLink(
        at: folder.appendingPathComponent("link"),
        withDestinationURL: outer.appendingPathComponent("secret"))
      // Through a link to the folder itself, ".." leads out of it.
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent("sub"), withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        atPath: folder.appendingPathComponent("sub/here").path, withDestinationPath: "..")
      let cases: [([String: String], String)] = [
        (["location": "../secret"], "not inside"),
        (["location": "a/../../secret"], "not inside"),
        (["location": outer.appendingPathComponent("secret").path], "not inside"),
        (["location": "link"], "not inside"),
        (["location": "../model/w.bin"], "not inside"),
        (["location": "sub/here/../secret"], "external data"),
        (["location": "../model-evil"], "not inside"),
        (["location": "."], "not inside"),
        (["location": "absent"], "cannot be read"),
        ([:], "no location"),
        (["location": "w.bin", "offset": "-4"], "offset '-4'"),
        (["location": "w.bin", "offset": "13"], "starts at byte 13"),
        (["location": "w.bin", "offset": "4", "length": "12"], "bytes 4..<4+12"),
        (["location": "w.bin", "length": "\(Int.max)"], "which has 12"),
        (["location": "w.bin", "length": "8"], "12 are expected"),
        (["location": "w.bin", "length": "99999999999999999999"], "byte count"),
      ]
      for (fields, expected) in cases {
        let file = folder.appendingPathComponent("m.onnx")
        try external(fields).serializedData().write(to: file)
        let text = try message(file)
        #expect(text.contains(expected), "\(fields): \(text)")
      }
      #expect(try weights(folder, ["location": "w.bin"]) == [0, 0, 0])
    }
  }
}
