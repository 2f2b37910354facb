import SwiftletImaging
package import SwiftletProgram

/// A model that is ready to classify on any number of threads.
package struct ClassifierModel: Sendable {
  package let form: ClassifierForm
  /// A classifier that works on this many threads.
  package let make: @Sendable (_ threads: Int) throws -> any Classifier

  package init(
    form: ClassifierForm, make: @escaping @Sendable (_ threads: Int) throws -> any Classifier
  ) {
    (self.form, self.make) = (form, make)
  }

  /// A model read from `path`. Files of labels and of preprocessing take the place of the model's own labels, and of a
  /// preprocessing that it does not have; `meaning` that of what it says of its outputs.
  ///
  /// - Throws: what is wrong with the files, or missing.
  package init(
    _ model: Model, path: String, labels labelsPath: String?,
    preprocessing preprocessingPath: String?,
    meaning: OutputMeaning?
  ) throws {
    var labels = model.labels
    if let labelsPath {
      labels = try LabelsFile.read(labelsPath)
      try LabelsFile.check(labels, name: "\(labelsPath): labels file", outputs: model.outputCount)
    }
    let preprocessing = try model.preprocessing(path: path, file: preprocessingPath)
    let found = model.outputMeaning
    let own = found == .vector && labelsPath != nil ? .logits : found
    let form = ClassifierForm(
      labels: labels, meaning: meaning ?? own, preprocessing: preprocessing)
    self.init(form: form) { threads in
      try model.classifier(preprocessing: preprocessing, threads: threads)
    }
  }
}

extension Model {
  /// Its own preprocessing, or a file's where it has none.
  fileprivate func preprocessing(path: String, file: String?) throws -> Preprocessing {
    guard let own = input.preprocessing else {
      guard let file else {
        throw FileError(
          "\(path): the model does not say how images are made ready; give --preprocess FILE")
      }
      let preprocessing = try PreprocessingFile.read(file)
      guard input.shape == preprocessing.inputShape else {
        throw FileError(
          "\(file): makes images of \(preprocessing.inputShape), the model takes \(input.shape)"
        )
      }
      return preprocessing
    }
    guard file == nil else {
      throw FileError(
        "\(path): the model was converted with its preprocessing; leave --preprocess out, or convert it again"
      )
    }
    return own
  }
}

/// A model that takes a tensor, which images are made into by a contract that it does not hold.
private final class TensorClassifier: Classifier {
  private var session: Session
  private let transform: PreparedTransform

  init(model: Model, preprocessing: Preprocessing, threads: Int) throws {
    session = try Session(model: model, threads: threads)
    transform = try PreparedTransform(preprocessing)
  }

  func load(_ image: PixelImage) throws {
    session.setInput(floats: try transform.floats(of: image))
  }

  func load(input: UnsafeMutableBufferPointer<Int8>) {
    session.setInput(floats: transform.preprocessing.floats(of: input))
  }

  func run() -> [Float] {
    session.run()
    return session.floatLogits
  }
}

extension Model {
  /// A classifier of images, which are made ready so where the model does not say how.
  package func classifier(
    preprocessing: Preprocessing, threads: Int
  ) throws -> any Classifier {
    if input.preprocessing == nil {
      return try TensorClassifier(model: self, preprocessing: preprocessing, threads: threads)
    }
    return try ImageClassifier(anyModel: self, threads: threads)
  }
}
