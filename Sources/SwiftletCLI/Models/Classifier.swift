import Swiftlet
import SwiftletCamera
import SwiftletImaging

/// A model that classifies one image at a time; one thread uses it.
protocol Classifier: AnyObject {
  /// Makes an image ready and puts it into the model's input.
  func load(_ image: PixelImage) throws
  /// Puts what a stream's frame was made into, as the model's `target` says, into the model's input.
  func load(_ prepared: PreparedFrame) throws
  /// Runs the model on its input: one logit a class.
  func run() throws -> [Float]
}

extension Classifier {
  /// Puts the image in a file into the model's input.
  func loadImage(at path: String) throws {
    let image = try PixelImage(contentsOf: path)
    do { try load(image) } catch let error as ImageError {
      throw CommandError("\(path): \(error)")
    }
  }
}

/// A model that is ready to classify on any number of threads.
struct ClassifierModel: Sendable {
  /// One a class, or none.
  let labels: [String]
  /// What is made of a stream's frames.
  let target: FrameTarget
  /// A classifier that works on this many threads.
  let make: @Sendable (_ threads: Int) throws -> any Classifier

  /// Opens an .onnx or a .swiftlet file.
  init(path: String, contract: ContractOptions) throws {
    switch try ModelFormat(of: path) {
    case .swiftlet: try self.init(swiftlet: path, contract: contract)
    case .onnx: self = try FloatSide.classifier(path: path, contract: contract)
    }
  }

  init(
    labels: [String], target: FrameTarget,
    make: @escaping @Sendable (_ threads: Int) throws -> any Classifier
  ) {
    self.labels = labels
    self.target = target
    self.make = make
  }

  /// The classes with the largest logits, best first.
  func top(_ count: Int, of logits: [Float]) -> [Classification] {
    Classification.top(count, of: logits, labels: labels)
  }
}

/// What a model's file is, by its content where that tells.
enum ModelFormat {
  case onnx, swiftlet

  init(of path: String) throws {
    let isNamedONNX = FileTree.fileExtension(of: path) == "onnx"
    self = try isNamedONNX && !Self.isSafetensors(path) ? .onnx : .swiftlet
  }

  /// Whether a file starts as safetensors files do: a length of eight bytes, then JSON.
  static func isSafetensors(_ path: String) throws -> Bool {
    try FileAccess.beginning(of: path, count: 9).dropFirst(8).first == UInt8(ascii: "{")
  }
}
