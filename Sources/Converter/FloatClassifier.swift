package import Swiftlet
package import SwiftletGraph
package import SwiftletImaging
package import SwiftletProgram

/// An .onnx file that classifies images, in float.
package final class FloatClassifier: Classifier {
  private let interpreter: Interpreter
  private let transform: PreparedTransform
  private var input: Tensor

  package init(interpreter: Interpreter, preprocessing: Preprocessing) throws {
    self.interpreter = interpreter
    transform = try PreparedTransform(preprocessing)
    let shape = interpreter.graph.values[interpreter.graph.inputs[0]].shape
    input = Tensor(shape: shape, Array(repeating: 0, count: shape.reduce(1, *)))
  }

  package func load(_ image: PixelImage) throws {
    input = Tensor(shape: input.shape, try transform.floats(of: image))
  }

  package func load(input prepared: UnsafeMutableBufferPointer<Int8>) {
    input = Tensor(shape: input.shape, transform.preprocessing.floats(of: prepared))
  }

  package func run() throws -> [Float] {
    try interpreter.run([input]).first?.floats ?? []
  }
}

extension ClassifierModel {
  package init(_ model: FloatModel, preprocessing: Preprocessing, labels: [String]) throws {
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
