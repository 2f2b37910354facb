import Swiftlet
import SwiftletCamera
import SwiftletImaging
import SwiftletProgram

/// A .swiftlet file that classifies images.
final class Int8Classifier: Classifier {
  private var session: Session
  private let preparation: ImagePreparation
  private let transform: PreparedTransform

  init(model: Model, preparation: ImagePreparation, threads: Int) throws {
    session = try Session(model: model, threads: threads)
    self.preparation = preparation
    transform = try PreparedTransform(preparation.transform)
  }

  func load(_ image: PixelImage) throws {
    if let preprocessing = session.model.input.preprocessing {
      try session.withInput { input throws(ImageError) in
        try transform.write(image, to: input, isBGR: preprocessing.isBGR)
      }
    } else {
      session.setInput(floats: preparation.floats(of: try transform.apply(to: image)))
    }
  }

  func load(_ prepared: PreparedFrame) {
    if session.model.input.preprocessing != nil {
      session.withInput { _ = $0.update(fromContentsOf: prepared.input) }
    } else {
      session.setInput(floats: preparation.floats(of: preparation.image(of: prepared)))
    }
  }

  func run() -> [Float] {
    session.run()
    return session.floatLogits
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
    self.init(labels: labels, target: target) { threads in
      try Int8Classifier(model: model, preparation: preparation, threads: threads)
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
      let preprocessing = try PreprocessingFile(path: file).reportingNotes()
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
