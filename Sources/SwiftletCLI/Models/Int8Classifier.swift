import Swiftlet
import SwiftletImaging
import SwiftletProgram

extension ClassifierModel {
  init(swiftlet path: String, contract: ContractOptions) throws {
    let model = try Model(contentsOf: path)
    var labels = model.labels
    if let file = contract.labelsPath {
      labels = try LabelsFile.read(file)
      try LabelsFile.check(labels, name: "\(file): labels file", outputs: model.outputCount)
    }
    let preprocessing = try Self.preprocessing(of: model, path: path, contract: contract)
    try contract.shape.refuse(for: path)
    if let name = contract.outputChoice?.name(among: []) {
      throw CommandError(
        "\(path): --output \(name): the output was chosen at conversion; \(OutputChoice.meanings) say what it is"
      )
    }
    let found = model.outputMeaning
    let meaning = found == .vector && contract.labelsPath != nil ? .logits : found
    let form = ClassifierForm(
      labels: labels, meaning: contract.outputChoice?.meaning ?? meaning,
      preprocessing: preprocessing)
    self.init(form: form) { threads in
      try model.classifier(preprocessing: preprocessing, threads: threads)
    }
  }

  private static func preprocessing(
    of model: Model, path: String, contract: ContractOptions
  ) throws -> Preprocessing {
    guard let own = model.input.preprocessing else {
      guard let file = contract.preprocessPath else {
        throw CommandError(
          "\(path): the model does not say how images are made ready; give --preprocess FILE")
      }
      let preprocessing = try PreprocessingFile.read(file)
      guard model.input.shape == preprocessing.inputShape else {
        throw CommandError(
          "\(file): makes images of \(preprocessing.inputShape), the model takes \(model.input.shape)"
        )
      }
      return preprocessing
    }
    guard contract.preprocessPath == nil else {
      throw CommandError(
        "\(path): the model was converted with its preprocessing; leave --preprocess out, or convert it again"
      )
    }
    return own
  }
}
