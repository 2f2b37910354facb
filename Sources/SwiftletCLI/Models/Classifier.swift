import SwiftletCamera
import SwiftletImaging

#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

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
    try load(PixelImage(contentsOf: path))
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

  /// What a class is called.
  func label(_ index: Int) -> String { labels.isEmpty ? "\(index)" : labels[index] }

  /// The classes with the largest logits, best first; of equal ones the lower index comes first.
  func top(_ count: Int, of logits: [Float]) -> [RankedClass] {
    let largest = logits.max() ?? 0
    let sum = logits.reduce(0) { $0 + exp($1 - largest) }
    let ranked = logits.indices.sorted { (logits[$1], $0) < (logits[$0], $1) }
    return ranked.prefix(count).map {
      RankedClass(
        index: $0, label: label($0), score: Double(exp(logits[$0] - largest) / sum))
    }
  }
}

/// A class and its probability.
struct RankedClass: Encodable {
  var index: Int
  var label: String
  var score: Double
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
