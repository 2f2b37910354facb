package import SwiftletImaging
package import SwiftletProgram

/// A model that classifies one image at a time; one thread uses it.
package protocol Classifier: AnyObject {
  /// Makes an image ready and puts it into the model's input.
  func load(_ image: PixelImage) throws
  /// Puts what a stream's frame was made into, as the form's `target` says, into the model's input.
  func load(input: UnsafeMutableBufferPointer<Int8>) throws
  /// Runs the model on its input: one logit a class.
  func run() throws -> [Float]
}

extension ImageClassifier: Classifier {
  package var form: ClassifierForm {
    ClassifierForm(
      labels: model.labels, meaning: model.outputMeaning,
      target: FrameTarget(transform: stills.transform, isBGR: isBGR))
  }
}

/// What goes into a classifier and what comes out.
package struct ClassifierForm: Sendable {
  /// One a class, or none.
  package let labels: [String]
  /// How scores are made of the outputs.
  package let meaning: OutputMeaning
  /// What is made of a stream's frames.
  package let target: FrameTarget

  package init(labels: [String], meaning: OutputMeaning, target: FrameTarget) {
    (self.labels, self.meaning, self.target) = (labels, meaning, target)
  }

  /// The classes with the largest logits, best first.
  package func top(_ count: Int, of logits: [Float]) -> [Classification] {
    Classification.top(count, of: logits, labels: labels, meaning: meaning)
  }
}
