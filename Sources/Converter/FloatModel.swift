package import SwiftletGraph
import SwiftletImaging
import SwiftletONNXImport
package import SwiftletProgram

/// An ONNX model of one input and one output.
package struct FloatModel: Sendable {
  package let path: String
  package let graph: Graph
  /// The model's file, and the files that its tensors lie in.
  package let files: [String]
  /// What the user says of the outputs.
  private let statedMeaning: OutputMeaning?

  /// Reads a model; a preprocessing, of a file or the model's own, gives the shape that the model leaves open.
  package init(
    path: String, inputShape: [Int]?, output: OutputChoice?, preprocessingPath: String?
  ) throws {
    try self.init(path: path, inputShape: inputShape, output: output) { metadata in
      let preprocessing =
        preprocessingPath.map { try? PreprocessingFile.read($0) }
        ?? metadata["preprocess"].map { try? PreprocessingFile.parse($0, source: path) } ?? nil
      return preprocessing.map { [1] + $0.inputShape }
    }
  }

  /// Reads a model. `inputShape` is the input's shape, `output` chooses one of several outputs, and `openShape` gives the
  /// shape that the model leaves open, for its metadata.
  package init(
    path: String, inputShape: [Int]?, output: OutputChoice? = nil,
    openShape: (_ metadata: [String: String]) -> [Int]? = { _ in nil }
  ) throws {
    try ModelFormat.refuseForeign(path)
    guard try !ModelFormat.isSafetensors(path) else {
      throw FileError("\(path): this is a .swiftlet file; an ONNX model is expected")
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
      throw FileError(
        "\(path): the model has \(graph.inputs.count) inputs (\(list(graph.inputs))); models of one input are supported"
      )
    }
    guard graph.outputs.count == 1 else {
      throw FileError(
        "\(path): the model has \(graph.outputs.count) outputs (\(list(graph.outputs))); choose one with --output NAME (run: --output-name)"
      )
    }
  }

  /// What the outputs are: as the user says, else as the graph shows.
  package func meaning(hasLabels: Bool) -> OutputMeaning {
    guard let statedMeaning else { return OutputMeaning(of: graph, hasLabels: hasLabels) }
    // A softmax at the end is left out.
    let isSoftmax = PassPipeline.logits(of: graph).outputs != graph.outputs
    return statedMeaning == .probabilities && isSoftmax ? .logits : statedMeaning
  }

  /// The input's shape, batch included.
  package var inputShape: [Int] { graph.values[graph.inputs[0]].shape }

  /// The output's shape, batch included.
  package var outputShape: [Int] { graph.values[graph.outputs[0]].shape }

  /// The number of logits.
  package var outputCount: Int { outputShape.reduce(1, *) }

  /// Of all its files, in hexadecimal: what a `.swiftlet` file calls `source_sha256`.
  package func sha256() throws -> String {
    var hash = SHA256()
    for file in files {
      try FileAccess.read(file).withUnsafeBytes { hash.update($0) }
    }
    return SHA256.hexadecimal(hash.finalize())
  }

  /// The output for a tensor from `source`.
  package func run(_ tensor: Npy, source: String, threads: Int) throws -> Npy {
    let values = try tensor.values(fitting: inputShape, source: source)
    let interpreter = try Interpreter(graph, threads: threads)
    let outputs = try interpreter.run([Tensor(shape: inputShape, values)])
    guard let output = outputs.first, let floats = output.floats else {
      throw FileError("\(path): the model's output is not of floats")
    }
    return Npy(shape: output.shape, values: floats)
  }

  /// The labels of a file, else the model's own, else none.
  package func labels(of file: String?) throws -> [String] {
    if let file {
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
  package func preprocessing(of file: String?) throws -> Preprocessing? {
    let preprocessing: Preprocessing
    let source: String
    if let file {
      source = file
      preprocessing = try PreprocessingFile.read(file)
    } else if let text = graph.metadata["preprocess"] {
      source = "\(path): metadata 'preprocess'"
      preprocessing = try PreprocessingFile.parse(text, source: source)
    } else {
      return nil
    }
    guard inputShape == [1] + preprocessing.inputShape else {
      throw FileError(
        "\(source): makes images of \(preprocessing.inputShape), the model takes \(inputShape); change input_size, or pass --input-shape where the model's shape is open"
      )
    }
    return preprocessing
  }

  /// The preprocessing of a file or of the model, without which it cannot take images.
  package func requiredPreprocessing(of file: String?) throws -> Preprocessing {
    guard let preprocessing = try preprocessing(of: file) else {
      throw FileError(
        "\(path): nothing says how images are made ready for this model; give --preprocess FILE")
    }
    return preprocessing
  }
}
