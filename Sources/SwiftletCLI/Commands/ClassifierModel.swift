import Swiftlet
import SwiftletProgram

extension ClassifierModel {
  /// Opens an .onnx or a .swiftlet file.
  init(path: String, contract: ContractOptions) throws {
    switch try ModelFormat(of: path) {
    case .swiftlet: try self.init(swiftlet: path, contract: contract)
    case .onnx: self = try FloatSide.classifier(path: path, contract: contract)
    }
    guard form.meaning != .vector else {
      throw CommandError(
        "\(path): the model's output is no classification (an embedding, a feature map, or a detector's): 'swiftlet run' gives its numbers; if it has one output a class, say --output logits or give --labels FILE"
      )
    }
  }

  private init(swiftlet path: String, contract: ContractOptions) throws {
    try self.init(
      Model(contentsOf: path), path: path, labels: contract.labelsPath,
      preprocessing: contract.preprocessPath, meaning: contract.outputChoice?.meaning)
    try contract.shape.refuse(for: path)
    if let name = contract.outputChoice?.name(among: []) {
      throw CommandError(
        "\(path): --output \(name): the output was chosen at conversion; \(OutputChoice.meanings) say what it is"
      )
    }
  }
}
