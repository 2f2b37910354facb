import Foundation
import SwiftletConverter
import SwiftletGraph
import SwiftletKernels
import SwiftletONNXImport
import SwiftletProgram
import Swiftlet
import Testing

/// The trained hybrids of calibration/models; the smaller one from both exporters.
@Suite struct TrainedModelTests {
  static let models = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("calibration/models")
  static let files = ["fashion-coatnet.onnx", "fashion-coatnet-dynamo.onnx"]
  static let preprocessing = Preprocessing(
    resize: 28, height: 28, width: 28, interpolation: .bilinear, mean: [0.2860], std: [0.3530])

  static let inputs = images(16, preprocessing)

  /// Smooth random images, the same on every machine.
  static func images(_ count: Int, _ preprocessing: Preprocessing) -> [Tensor] {
    var random = SeededGenerator(seed: 42)
    let (height, width) = (preprocessing.height, preprocessing.width)
    return (0..<count).map { _ in
      let planes = zip(preprocessing.mean, preprocessing.std).map { mean, std -> [Float] in
        var level: Float = 0.5
        return (0..<height * width).map { _ in
          level = min(1, max(0, level + Float.random(in: -0.2...0.2, using: &random)))
          return ((level * 255).rounded() / 255 - mean) / std
        }
      }
      return Tensor(shape: [1, planes.count, height, width], planes.flatMap { $0 })
    }
  }

  static func convert(
    _ file: String, method: CalibrationMethod = .minmax, threads: Int = 2
  ) throws -> Converted {
    let graph = try ONNXImport.load(
      path: models.appendingPathComponent(file).path)
    return try Converted(
      graph, method: method, preprocessing: preprocessing, inputs: inputs, threads: threads)
  }

  @Test func bothExportersGiveTheSameProgram() throws {
    for (method, tolerance) in [(CalibrationMethod.minmax, Float(1e-5)), (.mse, 0.02)] {
      let (a, b) = (
        try Self.convert(Self.files[0], method: method).quantized.program,
        try Self.convert(Self.files[1], method: method).quantized.program
      )
      #expect(a.instructions.map(\.body.kind) == b.instructions.map(\.body.kind))
      #expect(a.tensors.map(\.rows) == b.tensors.map(\.rows))
      #expect(a.tensors.map(\.channels) == b.tensors.map(\.channels))
      #expect(a.tensors.map(\.type) == b.tensors.map(\.type))
      for (x, y) in zip(a.tensors, b.tensors) {
        #expect(
          abs(x.scale / y.scale - 1) <= tolerance, "\(x.name) \(x.scale), \(y.name) \(y.scale)")
      }
    }
  }

  @Test(arguments: files) func aConversionIsReproducible(file: String) throws {
    let one = try Converted.encode(try Self.convert(file, method: .mse, threads: 1).quantized)
    let two = try Converted.encode(try Self.convert(file, method: .mse, threads: 2).quantized)
    #expect(one == two)
  }

  /// A model converted from raw tensors has an ordinary quantized input.
  @Test func rawTensorsAreQuantizedLikeAnyOther() throws {
    let graph = try ONNXImport.load(
      path: Self.models.appendingPathComponent(Self.files[0]).path)
    let converted = try Converted(graph, inputs: Self.inputs)
    #expect(converted.quantized.program.input.preprocessing == nil)
    #expect(converted.sqnr > 25, "\(converted.sqnr) dB")
  }

  @Test func aTableOfAnotherModelIsRefused() throws {
    let converted = try Self.convert(Self.files[0])
    let other = try Conversion(
      graph: try ONNXImport.load(
        path: Self.models.appendingPathComponent(Self.files[1]).path),
      preprocessing: Self.preprocessing)
    let table = try converted.conversion.calibrate(
      on: CalibrationSet(count: 1) { Self.inputs[$0] }, method: .minmax, calibrationSHA256: "",
      threads: 1)
    let error = try #require(throws: ConversionError.self) { try other.quantize(with: table) }
    #expect("\(error)".contains("calibrate it again"))
    let copy = try CalibrationTable(json: try table.json(), path: "table.json")
    #expect(copy == table)
  }
}
