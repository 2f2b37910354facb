package import SwiftletImaging
package import SwiftletProgram

/// A model that classifies one image at a time; one thread uses it.
package protocol Classifier: AnyObject {
  /// Makes an image ready and puts it into the model's input.
  func load(_ image: PixelImage) throws
  /// Puts what a stream's frame was made into, as the form's `preprocessing` says, into the model's input.
  func load(input: UnsafeMutableBufferPointer<Int8>) throws
  /// Runs the model on its input: one logit a class.
  func run() throws -> [Float]
}

extension ImageClassifier: Classifier {
  package var form: ClassifierForm {
    ClassifierForm(
      labels: model.labels, meaning: model.outputMeaning,
      preprocessing: stills.preprocessing)
  }
}

/// What goes into a classifier and what comes out.
package struct ClassifierForm: Sendable {
  /// One a class, or none.
  package let labels: [String]
  /// How scores are made of the outputs.
  package let meaning: OutputMeaning
  /// What is made of images and of a stream's frames.
  package let preprocessing: Preprocessing

  package init(labels: [String], meaning: OutputMeaning, preprocessing: Preprocessing) {
    (self.labels, self.meaning, self.preprocessing) = (labels, meaning, preprocessing)
  }

  /// The classes with the largest logits, best first.
  package func top(_ count: Int, of logits: [Float]) -> [Classification] {
    Classification.top(count, of: logits, labels: labels, meaning: meaning)
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
