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

/// What a model's file is, by its content where that tells.
enum ModelFormat {
  case onnx, swiftlet

  init(of path: String) throws {
    try Self.refuseForeign(path)
    let isNamedONNX = FileTree.fileExtension(of: path) == "onnx"
    self = try isNamedONNX && !Self.isSafetensors(path) ? .onnx : .swiftlet
  }

  /// Says of a file of another kind what it is.
  static func refuseForeign(_ path: String) throws {
    let start = try FileAccess.beginning(of: path, count: ForeignFile.beginning)
    if let kind = ForeignFile.kind(startingWith: start) {
      throw CommandError("\(path): this is no .onnx or .swiftlet model but \(kind)")
    }
  }

  /// Whether a file starts as safetensors files do: a length of eight bytes, then JSON.
  static func isSafetensors(_ path: String) throws -> Bool {
    try FileAccess.beginning(of: path, count: 9).dropFirst(8).first == UInt8(ascii: "{")
  }
}
