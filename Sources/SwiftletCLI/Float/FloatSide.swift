import ArgumentParser
import Swiftlet
import SwiftletConverter
import SwiftletLive
import SwiftletONNXImport
import SwiftletProgram

/// What the commands take from the converter's side. A device's build has Device/FloatSide.swift in its place.
enum FloatSide {
  static let commands: [any ParsableCommand.Type] = [ConvertCommand.self, CompareCommand.self]

  /// An .onnx file that classifies images.
  static func classifier(path: String, contract: ContractOptions) throws -> ClassifierModel {
    let model = try FloatModel(
      path: path, inputShape: contract.shape.inputShape?.extents, output: contract.outputChoice,
      preprocessingPath: contract.preprocessPath)
    return try ClassifierModel(
      model, preprocessing: model.requiredPreprocessing(of: contract.preprocessPath),
      labels: model.labels(of: contract.labelsPath))
  }

  /// The output of an .onnx file for a tensor from `source`.
  static func run(
    path: String, inputShape: [Int]?, output: OutputChoice?, on tensor: Npy, source: String,
    threads: Int
  ) throws -> Npy {
    let shape = tensor.shape.count == 3 ? [1] + tensor.shape : tensor.shape
    return try FloatModel(path: path, inputShape: inputShape, output: output) { _ in shape }
      .run(tensor, source: source, threads: threads)
  }

  /// What is said of an error, a problem a line.
  static func lines(of error: any Error) -> [String] {
    switch error {
    case let error as ConversionError: error.problems
    case let error as ONNXImportError: error.lines
    default: ["\(error)"]
    }
  }

  /// Prints an .onnx file.
  static func inspect(path: String, inputShape: [Int]?, json: Bool) throws {
    let graph = try ONNXImport.load(path: path) { _ in ImportChoices(inputShape: inputShape) }
    guard !json else { return try JSONOutput.print(GraphSummary(graph)) }
    print(graph)
  }
}
