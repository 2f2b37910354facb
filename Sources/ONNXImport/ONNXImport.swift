package import Foundation
import SwiftProtobuf
package import SwiftletGraph

/// Reads ONNX models into float graphs.
///
/// Every shape is static afterwards, everything that depends on constants only has been computed, and no node is left
/// that no output depends on.
package enum ONNXImport {
  /// The opsets whose forms of every operator are known.
  package static let opsets = 7...25

  /// What an operator table entry is called in ONNX, for messages and documentation.
  package static var operators: [String] { OperatorTable.builders.keys.sorted() }

  /// The model in the file at `path`. `inputShape` gives the shape of its only input where the model leaves it open.
  package static func load(
    path: String, inputShape: [Int]? = nil
  ) throws(ONNXImportError) -> Graph {
    try loadSource(path: path, inputShape: inputShape).graph
  }

  /// The model as `load` reads it, and the files that it was read from: its own, then those of its external data by name.
  package static func loadSource(
    path: String, inputShape: [Int]? = nil
  ) throws(ONNXImportError) -> (graph: Graph, files: [String]) {
    let url = URL(fileURLWithPath: path)
    let model = try decode(read(url, source: path), source: path)
    let data = ExternalData(model: url)
    var importer = Importer(
      model: model, source: path, decoder: TensorDecoder(externalData: data))
    let graph = try importer.run(inputShape: inputShape, anyBatch: false)
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
    return try importer.run(inputShape: inputShape, anyBatch: anyBatch)
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
    do {
      return try Data(contentsOf: url, options: .mappedIfSafe)
    } catch {
      throw .model(source: source, reason: "the file cannot be read: \(error.localizedDescription)")
    }
  }
}
