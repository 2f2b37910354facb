import Swiftlet
import SwiftletImaging
import SwiftletProgram

extension Classifier {
  /// Puts the image in a file into the model's input.
  func loadImage(at path: String, by reader: ImageReader) throws {
    let image = try reader.image(at: path)
    do { try load(image) } catch let error as ImageError {
      throw CommandError("\(path): \(error)")
    }
  }
}

/// A model that is ready to classify on any number of threads.
struct ClassifierModel: Sendable {
  let form: ClassifierForm
  /// A classifier that works on this many threads.
  let make: @Sendable (_ threads: Int) throws -> any Classifier

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

  init(
    form: ClassifierForm, make: @escaping @Sendable (_ threads: Int) throws -> any Classifier
  ) {
    (self.form, self.make) = (form, make)
  }
}
