import ArgumentParser
import Swiftlet
import SwiftletKernels
import SwiftletLive
import SwiftletProgram

/// Raw tensors through a model.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a model on a tensor: float32, as the ONNX model takes it.",
    discussion: """
      A .swiftlet file takes the same tensor as the ONNX model that it comes from, and quantizes it; its logits are \
      written in the float model's units.
      """)

  @Argument(help: "An .onnx or a .swiftlet file.")
  var model: String

  @Option(help: ArgumentHelp("The tensor, a .npy file; [N,]C,H,W for images.", valueName: "x.npy"))
  var input: String

  @Option(
    name: .customLong("output"),
    help: ArgumentHelp("Where the model's output is written.", valueName: "y.npy"))
  var outputPath: String

  @Option(
    help: ArgumentHelp("Which output of an .onnx file of several.", valueName: "name"))
  var outputName: String?

  @OptionGroup var shape: ShapeOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  private struct Result: Encodable {
    var output: String
    var shape: [Int]
    var seconds: Double
  }

  func run() throws {
    try FileAccess.checkWritable(outputPath)
    guard !FileAccess.isSame(outputPath, input), !FileAccess.isSame(outputPath, model) else {
      throw CommandError("cannot write \(outputPath): it is the input or the model")
    }
    let format = try ModelFormat(of: model)
    let tensor = try Npy(contentsOf: input)
    let start = monotonicNanoseconds()
    let logits: Npy
    switch format {
    case .swiftlet:
      try shape.refuse(for: model)
      guard outputName == nil else {
        throw CommandError("\(model): it has one output; leave --output-name out")
      }
      logits = try runInt8(tensor)
    case .onnx:
      logits = try FloatSide.run(
        path: model, inputShape: shape.inputShape?.extents,
        output: outputName.flatMap(OutputChoice.init), on: tensor, source: input,
        threads: threads.count)
    }
    let seconds = Double(monotonicNanoseconds() - start) / 1e9
    try writeAtomically(logits.encoded, to: outputPath)
    let result = Result(output: outputPath, shape: logits.shape, seconds: seconds)
    guard !output.json else { return try JSONOutput.print(result) }
    print("\(outputPath.escapingControls): float32 \(logits.shape)")
  }

  private func runInt8(_ tensor: Npy) throws -> Npy {
    let opened = try Model(contentsOf: model)
    let values = try tensor.values(fitting: opened.input.shape, source: input)
    var session = try Session(model: opened, threads: threads.count)
    session.setInput(floats: values)
    session.run()
    return Npy(shape: [1, opened.outputCount], values: session.floatLogits)
  }
}
