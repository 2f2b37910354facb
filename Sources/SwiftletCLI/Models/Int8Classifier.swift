import Swiftlet
import SwiftletImaging
import SwiftletProgram

/// A .swiftlet file that takes a tensor, which images are made into by a preprocessing file.
private final class Int8TensorClassifier: Classifier {
  private var session: Session
  private let preparation: ImagePreparation
  private let transform: PreparedTransform

  init(model: Model, preparation: ImagePreparation, threads: Int) throws {
    session = try Session(model: model, threads: threads)
    self.preparation = preparation
    transform = try PreparedTransform(preparation.transform)
  }

  func load(_ image: PixelImage) throws {
    session.setInput(floats: preparation.floats(of: try transform.apply(to: image)))
  }

  func load(input: UnsafeMutableBufferPointer<Int8>) {
    session.setInput(floats: preparation.floats(of: preparation.image(of: input)))
  }

  func run() -> [Float] {
    session.run()
    return session.floatLogits
  }
}

extension Model {
  /// A classifier of images that are made ready so.
  func classifier(preparation: ImagePreparation, threads: Int) throws -> any Classifier {
    if input.preprocessing == nil {
      return try Int8TensorClassifier(model: self, preparation: preparation, threads: threads)
    }
    return try ImageClassifier(anyModel: self, threads: threads)
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
    let preparation = try Self.preparation(of: model, path: path, contract: contract)
    var target = preparation.target
    target.isBGR = model.input.preprocessing?.isBGR ?? false
    try contract.shape.refuse(for: path)
    if let name = contract.outputChoice?.name(among: []) {
      throw CommandError(
        "\(path): --output \(name): the output was chosen at conversion; \(OutputChoice.meanings) say what it is"
      )
    }
    let found = model.outputMeaning
    let meaning = found == .vector && contract.labelsPath != nil ? .logits : found
    let form = ClassifierForm(
      labels: labels, meaning: contract.outputChoice?.meaning ?? meaning, target: target)
    self.init(form: form) { threads in
      try model.classifier(preparation: preparation, threads: threads)
    }
  }

  private static func preparation(
    of model: Model, path: String, contract: ContractOptions
  ) throws -> ImagePreparation {
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
      return ImagePreparation(preprocessing)
    }
    guard contract.preprocessPath == nil else {
      throw CommandError(
        "\(path): the model was converted with its preprocessing; leave --preprocess out, or convert it again"
      )
    }
    return ImagePreparation(own)
  }
}
