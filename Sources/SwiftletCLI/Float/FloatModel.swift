import Swiftlet
import SwiftletConverter
import SwiftletGraph
import SwiftletImaging
import SwiftletONNXImport
import SwiftletProgram

/// An ONNX model of one input and one output.
struct FloatModel: Sendable {
  let path: String
  let graph: Graph
  /// The model's file, and the files that its tensors lie in.
  let files: [String]
  /// What the user says of the outputs.
  private let statedMeaning: OutputMeaning?

  /// Reads a model as the user's options say; a preprocessing gives the shape that the model leaves open.
  init(path: String, contract: ContractOptions) throws {
    try self.init(
      path: path, inputShape: contract.shape.inputShape?.extents, output: contract.outputChoice
    ) { metadata in
      let preprocessing =
        contract.preprocessPath.map { try? PreprocessingFile.read($0) }
        ?? metadata["preprocess"].map { try? PreprocessingFile.parse($0, source: path) } ?? nil
      return preprocessing.map { [1] + $0.inputShape }
    }
  }

  /// Reads a model. `inputShape` is the input's shape, `output` chooses one of several outputs, and `openShape` gives the
  /// shape that the model leaves open, for its metadata.
  init(
    path: String, inputShape: [Int]?, output: OutputChoice? = nil,
    openShape: (_ metadata: [String: String]) -> [Int]? = { _ in nil }
  ) throws {
    try ModelFormat.refuseForeign(path)
    guard try !ModelFormat.isSafetensors(path) else {
      throw CommandError("\(path): this is a .swiftlet file; an ONNX model is expected")
    }
    let source = try ONNXImport.loadSource(path: path) { model in
      ImportChoices(
        inputShape: inputShape, openInputShape: openShape(model.metadata),
        output: output?.name(among: model.outputs))
    }
    statedMeaning = output?.meaning
    self.path = path
    graph = source.graph
    files = source.files
    func list(_ ids: [Graph.ValueID]) -> String {
      ids.map { "\(graph.values[$0].name) \(graph.values[$0].shape)" }.joined(separator: ", ")
    }
    let graph = source.graph
    guard graph.inputs.count == 1 else {
      throw CommandError(
        "\(path): the model has \(graph.inputs.count) inputs (\(list(graph.inputs))); models of one input are supported"
      )
    }
    guard graph.outputs.count == 1 else {
      throw CommandError(
        "\(path): the model has \(graph.outputs.count) outputs (\(list(graph.outputs))); choose one with --output NAME (run: --output-name)"
      )
    }
  }

  /// What the outputs are: as the user says, else as the graph shows.
  func meaning(hasLabels: Bool) -> OutputMeaning {
    guard let statedMeaning else { return OutputMeaning(of: graph, hasLabels: hasLabels) }
    // A softmax at the end is left out.
    let isSoftmax = PassPipeline.logits(of: graph).outputs != graph.outputs
    return statedMeaning == .probabilities && isSoftmax ? .logits : statedMeaning
  }

  /// The input's shape, batch included.
  var inputShape: [Int] { graph.values[graph.inputs[0]].shape }

  /// The output's shape, batch included.
  var outputShape: [Int] { graph.values[graph.outputs[0]].shape }

  /// The number of logits.
  var outputCount: Int { outputShape.reduce(1, *) }

  /// Of all its files, in hexadecimal: what a `.swiftlet` file calls `source_sha256`.
  func sha256() throws -> String {
    var hash = SHA256()
    for file in files {
      try FileAccess.read(file).withUnsafeBytes { hash.update($0) }
    }
    return SHA256.hexadecimal(hash.finalize())
  }

  /// The output for a tensor from `source`.
  func run(_ tensor: Npy, source: String, threads: Int) throws -> Npy {
    let values = try tensor.values(fitting: inputShape, source: source)
    let interpreter = try Interpreter(graph, threads: threads)
    let outputs = try interpreter.run([Tensor(shape: inputShape, values)])
    guard let output = outputs.first, let floats = output.floats else {
      throw CommandError("\(path): the model's output is not of floats")
    }
    return Npy(shape: output.shape, values: floats)
  }

  /// The labels of a file, else the model's own, else none.
  func labels(_ contract: ContractOptions) throws -> [String] {
    if let file = contract.labelsPath {
      let labels = try LabelsFile.read(file)
      try LabelsFile.check(labels, name: "\(file): labels file", outputs: outputCount)
      return labels
    }
    guard let text = graph.metadata["labels"] else { return [] }
    let source = "\(path): metadata 'labels'"
    let labels = try LabelsFile.parse(text, source: source)
    try LabelsFile.check(labels, name: source, outputs: outputCount)
    return labels
  }

  /// The preprocessing of a file, else the model's own, else nil.
  func preprocessing(_ contract: ContractOptions) throws -> Preprocessing? {
    let preprocessing: Preprocessing
    let source: String
    if let path = contract.preprocessPath {
      source = path
      preprocessing = try PreprocessingFile.read(path)
    } else if let text = graph.metadata["preprocess"] {
      source = "\(path): metadata 'preprocess'"
      preprocessing = try PreprocessingFile.parse(text, source: source)
    } else {
      return nil
    }
    guard inputShape == [1] + preprocessing.inputShape else {
      throw CommandError(
        "\(source): makes images of \(preprocessing.inputShape), the model takes \(inputShape); change input_size, or pass --input-shape where the model's shape is open"
      )
    }
    return preprocessing
  }

  /// The preprocessing of a file or of the model, without which it cannot take images.
  func requiredPreprocessing(_ contract: ContractOptions) throws -> Preprocessing {
    guard let preprocessing = try preprocessing(contract) else {
      throw CommandError(
        "\(path): nothing says how images are made ready for this model; give --preprocess FILE")
    }
    return preprocessing
  }
}

/// An .onnx file that classifies images, in float.
final class FloatClassifier: Classifier {
  private let interpreter: Interpreter
  private let transform: PreparedTransform
  private var input: Tensor

  init(interpreter: Interpreter, preprocessing: Preprocessing) throws {
    self.interpreter = interpreter
    transform = try PreparedTransform(preprocessing)
    let shape = interpreter.graph.values[interpreter.graph.inputs[0]].shape
    input = Tensor(shape: shape, Array(repeating: 0, count: shape.reduce(1, *)))
  }

  func load(_ image: PixelImage) throws {
    input = Tensor(shape: input.shape, try transform.floats(of: image))
  }

  func load(input prepared: UnsafeMutableBufferPointer<Int8>) {
    input = Tensor(shape: input.shape, transform.preprocessing.floats(of: prepared))
  }

  func run() throws -> [Float] {
    try interpreter.run([input]).first?.floats ?? []
  }
}

extension ClassifierModel {
  init(onnx path: String, contract: ContractOptions) throws {
    let model = try FloatModel(path: path, contract: contract)
    try self.init(
      model, preprocessing: try model.requiredPreprocessing(contract),
      labels: try model.labels(contract))
  }

  init(_ model: FloatModel, preprocessing: Preprocessing, labels: [String]) throws {
    // Scores are made of logits, as for a program; a softmax in the model would make them twice.
    let graph = PassPipeline.logits(of: model.graph)
    let single = try Interpreter(graph, threads: 1)
    let form = ClassifierForm(
      labels: labels, meaning: model.meaning(hasLabels: !labels.isEmpty),
      preprocessing: preprocessing)
    self.init(form: form) { threads in
      try FloatClassifier(
        interpreter: threads == 1 ? single : try Interpreter(graph, threads: threads),
        preprocessing: preprocessing)
    }
  }
}
