import ArgumentParser
import Swiftlet
import SwiftletLive
import SwiftletProgram

/// What is in a model.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show a model as text: the graph, or the int8 program.")

  @Argument(help: "An .onnx or a .swiftlet file.")
  var model: String

  @OptionGroup var shape: ShapeOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  private struct Result: Encodable {
    var program: Program
    var labels: [String]
    var metadata: [String: String]
    var arenaBytes: Int
    var weightsBytes: Int
    var macs: Int

    private enum CodingKeys: String, CodingKey {
      case program, labels, metadata, macs
      case arenaBytes = "arena_bytes"
      case weightsBytes = "weights_bytes"
    }
  }

  func run() throws {
    switch try ModelFormat(of: model) {
    case .onnx:
      try FloatSide.inspect(
        path: model, inputShape: shape.inputShape?.extents, json: output.json)
    case .swiftlet:
      try shape.refuse(for: model)
      try inspectSwiftlet()
    }
  }

  private func inspectSwiftlet() throws {
    let opened = try Model(contentsOf: model)
    let arenaBytes = try Session(model: opened, threads: threads.count).arenaBytes
    guard output.json else {
      let file = try FileAccess.read(model)
      let sizes = try file.withUnsafeBytes { bytes in
        let file = try ModelFile(validating: bytes)
        return Dictionary(
          uniqueKeysWithValues: file.dataNames.map { ($0, file.data($0)?.bytes.count ?? 0) })
      }
      return print(ProgramText(model: opened, arenaBytes: arenaBytes, dataSizes: sizes).text)
    }
    try JSONOutput.print(
      Result(
        program: opened.program, labels: opened.labels, metadata: opened.metadata,
        arenaBytes: arenaBytes, weightsBytes: opened.weightsBytes, macs: opened.program.macs))
  }
}
