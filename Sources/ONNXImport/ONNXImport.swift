package import Foundation
import SwiftProtobuf
package import SwiftletGraph

/// What a model says of itself before it is read.
package struct ModelOutline: Sendable {
  package let outputs: [String]
  package let metadata: [String: String]

  init(_ model: Onnx_ModelProto) {
    outputs = model.graph.output.map(\.name)
    metadata = model.metadata
  }
}

/// What is wanted of a model, where it leaves a choice.
package struct ImportChoices: Sendable {
  /// The shape of its only input; it must agree with what the model states.
  package var inputShape: [Int]?
  /// The same, for dimensions that the model leaves open.
  package var openInputShape: [Int]?
  /// The one of its outputs; all of them without.
  package var output: String?

  package init(inputShape: [Int]? = nil, openInputShape: [Int]? = nil, output: String? = nil) {
    (self.inputShape, self.openInputShape, self.output) = (inputShape, openInputShape, output)
  }
}

extension Onnx_ModelProto {
  var metadata: [String: String] {
    Dictionary(metadataProps.map { ($0.key, $0.value) }) { $1 }
  }
}

/// Reads ONNX models into float graphs.
///
/// Every shape is static afterwards, everything that depends on constants only has been computed, and no node is left
/// that no output depends on.
package enum ONNXImport {
  /// The opsets whose forms of every operator are known.
  package static let opsets = 7...25

  /// What an operator table entry is called in ONNX, for messages and documentation.
  package static var operators: [String] { OperatorTable.builders.keys.sorted() }

  /// The model in the file at `path`. `choose` is asked what is wanted of it.
  package static func load(
    path: String, choose: (ModelOutline) -> ImportChoices = { _ in ImportChoices() }
  ) throws(ONNXImportError) -> Graph {
    try loadSource(path: path, choose: choose).graph
  }

  /// The model as `load` reads it, and the files that it was read from: its own, then those of its external data by name.
  package static func loadSource(
    path: String, choose: (ModelOutline) -> ImportChoices = { _ in ImportChoices() }
  ) throws(ONNXImportError) -> (graph: Graph, files: [String]) {
    let url = URL(fileURLWithPath: path)
    var model = try decode(read(url, source: path), source: path)
    let outline = ModelOutline(model)
    let choices = choose(outline)
    if let output = choices.output {
      model.graph.output.removeAll { $0.name != output }
      guard !model.graph.output.isEmpty else {
        throw .model(
          source: path,
          reason: "it has no output '\(output)'; it has \(outline.outputs.joined(separator: ", "))")
      }
    }
    let data = ExternalData(model: url)
    var importer = Importer(
      model: model, source: path, decoder: TensorDecoder(externalData: data))
    let graph = try importer.run(choices, anyBatch: false)
    return (graph, [path] + data.openedFiles)
  }

  /// The graph of a decoded model. `anyBatch` also accepts fixed first dimensions other than 1.
  package static func graph(
    of model: Onnx_ModelProto, source: String = "model", inputShape: [Int]? = nil,
    anyBatch: Bool = false
  ) throws(ONNXImportError) -> Graph {
    var importer = Importer(
      model: model, source: source,
      decoder: TensorDecoder(externalData: ExternalData()))
    return try importer.run(ImportChoices(inputShape: inputShape), anyBatch: anyBatch)
  }

  /// The model in these bytes.
  package static func decode(
    _ data: Data, source: String = "model"
  ) throws(ONNXImportError) -> Onnx_ModelProto {
    func failure(_ reason: String) -> ONNXImportError { .model(source: source, reason: reason) }
    if data.isEmpty { throw failure("the file is empty; an ONNX model is expected") }
    if data.starts(with: Data("version https://git-lfs".utf8)) {
      throw failure("this is a Git LFS pointer, not the model; run 'git lfs pull'")
    }
    let model: Onnx_ModelProto
    do {
      model = try Onnx_ModelProto(serializedBytes: data)
    } catch BinaryDecodingError.truncated {
      throw failure(
        "the file ends in the middle of a field: it is truncated, or not an ONNX model")
    } catch {
      throw failure("this is not an ONNX model: its bytes are not a valid protocol buffer")
    }
    guard model.hasGraph, model.hasIrVersion else {
      throw failure("this is not an ONNX model: it has no graph or no IR version")
    }
    return model
  }

  private static func read(_ url: URL, source: String) throws(ONNXImportError) -> Data {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
      throw .model(source: source, reason: "there is no such file")
    }
    if isFolder.boolValue {
      throw .model(source: source, reason: "this is a folder; an .onnx file is expected")
    }
    guard url.isRegularFile else {
      throw .model(
        source: source, reason: "this is a pipe or a device; an .onnx file is expected")
    }
    do {
      return try Data(contentsOf: url, options: .mappedIfSafe)
    } catch {
      throw .model(source: source, reason: "the file cannot be read: \(error.localizedDescription)")
    }
  }
}

extension URL {
  /// Whether it leads to a file, and to no folder, pipe or device, whose reading might never end.
  var isRegularFile: Bool {
    let values = try? resolvingSymlinksInPath().resourceValues(forKeys: [.isRegularFileKey])
    return values?.isRegularFile == true
  }
}
