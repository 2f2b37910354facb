import Swiftlet
import SwiftletCamera
import SwiftletImaging
import SwiftletProgram

/// A .swiftlet file that takes images.
private final class Int8Classifier: Classifier {
  private let classifier: ImageClassifier

  init(model: Model, threads: Int) throws {
    classifier = try ImageClassifier(anyModel: model, threads: threads)
  }

  func load(_ image: PixelImage) throws { try classifier.load(image) }
  func load(_ prepared: PreparedFrame) { classifier.load(input: prepared.input) }
  func run() -> [Float] { classifier.run() }
}

/// A .swiftlet file that takes a tensor, which images are made into by a preprocessing file.
private final class Int8TensorClassifier: Classifier {
  private var session: Session
  private let transform: PreparedTransform

  init(model: Model, preprocessing: Preprocessing, threads: Int) throws {
    session = try Session(model: model, threads: threads)
    transform = try PreparedTransform(preprocessing)
  }

  func load(_ image: PixelImage) throws {
    session.setInput(floats: try transform.floats(of: image))
  }

  func load(_ prepared: PreparedFrame) {
    session.setInput(floats: transform.preprocessing.floats(of: prepared.input))
  }

  func run() -> [Float] {
    session.run()
    return session.floatLogits
  }
}

extension Model {
  /// A classifier of images that are made ready so.
  func classifier(preprocessing: Preprocessing, threads: Int) throws -> any Classifier {
    if input.preprocessing == nil {
      return try Int8TensorClassifier(model: self, preprocessing: preprocessing, threads: threads)
    }
    return try Int8Classifier(model: self, threads: threads)
  }
}

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
    self.init(
      labels: labels, meaning: contract.outputChoice?.meaning ?? meaning, target: preprocessing
    ) {
      threads in
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
