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
    try convert(file, preprocessing, inputs, method: method, threads: threads)
  }

  static func convert(
    _ file: String, _ preprocessing: Preprocessing, _ inputs: [Tensor],
    method: CalibrationMethod, threads: Int = 2
  ) throws -> Converted {
    let graph = try ONNXImport.load(
      path: models.appendingPathComponent(file).path, inputShape: nil)
    return try Converted(
      graph, method: method, preprocessing: preprocessing, inputs: inputs, threads: threads)
  }

  @Test func bothExportersGiveTheSameProgram() throws {
    for (method, tolerance) in [(CalibrationMethod.minmax, Float(1e-5)), (.mse, 0.02)] {
      let (a, b) = (
        try Self.convert(Self.files[0], method: method).quantized.program,
        try Self.convert(Self.files[1], method: method).quantized.program
      )
      #expect(a.instructions.map(\.kind) == b.instructions.map(\.kind))
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

  @Test func logitsAreTheSameOnEveryKernelSetAndThreadCount() throws {
    let converted = try Self.convert(Self.files[0], method: .mse)
    #expect(converted.sqnr > 25, "\(converted.sqnr) dB")
    try Self.expectOneResult(of: converted, on: Self.inputs)
  }

  /// The hybrid of camera size; its photographs are not at hand, so the images are the random ones.
  @Test func logitsOfTheCameraSizedModelAreTheSameEverywhere() throws {
    let preprocessing = Preprocessing(
      resize: 128, height: 128, width: 128, interpolation: .bilinear,
      mean: [Float](repeating: 127 / 255, count: 3), std: [Float](repeating: 128 / 255, count: 3))
    let inputs = Self.images(8, preprocessing)
    let converted = try Self.convert("photo-coatnet.onnx", preprocessing, inputs, method: .mse)
    #expect(converted.sqnr > 15, "\(converted.sqnr) dB")
    try Self.expectOneResult(of: converted, on: Array(inputs.prefix(2)))
  }

  static func expectOneResult(of converted: Converted, on inputs: [Tensor]) throws {
    let model = try Model(bytes: try Converted.encode(converted.quantized))
    var expected: [[Int16]]?
    for set in KernelSet.available {
      for threads in 1...3 {
        var session = try Session(model: model, threads: threads, kernelSet: set)
        let logits = inputs.map { input -> [Int16] in
          session.setInput(floats: input.floats ?? [])
          session.run()
          return session.logits
        }
        #expect(expected == nil || logits == expected, "\(set.name), \(threads) threads")
        expected = logits
      }
    }
  }

  /// A model converted from raw tensors has an ordinary quantized input.
  @Test func rawTensorsAreQuantizedLikeAnyOther() throws {
    let graph = try ONNXImport.load(
      path: Self.models.appendingPathComponent(Self.files[0]).path, inputShape: nil)
    let converted = try Converted(graph, inputs: Self.inputs)
    #expect(converted.quantized.program.input.preprocessing == nil)
    #expect(converted.sqnr > 25, "\(converted.sqnr) dB")
  }

  @Test func aTableOfAnotherModelIsRefused() throws {
    let converted = try Self.convert(Self.files[0])
    let other = try Conversion(
      graph: try ONNXImport.load(
        path: Self.models.appendingPathComponent(Self.files[1]).path, inputShape: nil),
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
