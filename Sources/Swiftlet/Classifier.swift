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

extension Classifier {
  /// Puts the image in a file into the model's input.
  package func loadImage(at path: String, by reader: ImageReader) throws {
    let image = try reader.image(at: path)
    do { try load(image) } catch let error as ImageError {
      throw ImageError("\(path): \(error)")
    }
  }
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
