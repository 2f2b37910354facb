import Foundation
import Swiftlet
import SwiftletConverter
import SwiftletGraph
import SwiftletKernels
import SwiftletONNXImport
import SwiftletProgram
import Testing

/// A model whose conversion is golden: a net of the families, or a trained one.
struct Net: Sendable, CustomTestStringConvertible {
  var name: String
  var onnx: URL
  /// A calibration table in the repository; without one, the net is calibrated on `images`.
  var table: URL?
  var mean: [Float]
  var std: [Float]

  var testDescription: String { name }

  /// The root of the repository.
  private static let root = Golden.folder.deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  private static let trained = root.appendingPathComponent("calibration/models")

  /// Every net of the folder, and the trained models.
  static let all: [Net] = {
    let nets = Golden.folder.deletingLastPathComponent().appendingPathComponent("Nets")
    let files = (try? FileManager.default.contentsOfDirectory(atPath: nets.path)) ?? []
    return files.filter { $0.hasSuffix(".onnx") }.sorted().map { file in
      Net(
        name: String(file.dropLast(5)), onnx: nets.appendingPathComponent(file),
        mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25])
    } + [
      Net(
        name: "photo-coatnet", onnx: trained.appendingPathComponent("photo-coatnet.onnx"),
        table: trained.appendingPathComponent("photo-coatnet.table.json"),
        mean: [Float](repeating: 127 / 255, count: 3), std: [Float](repeating: 128 / 255, count: 3)),
      Net(
        name: "fashion-coatnet", onnx: trained.appendingPathComponent("fashion-coatnet.onnx"),
        mean: [0.2860], std: [0.3530]),
      Net(
        name: "fashion-coatnet-dynamo",
        onnx: trained.appendingPathComponent("fashion-coatnet-dynamo.onnx"),
        mean: [0.2860], std: [0.3530]),
    ]
  }()

  /// Inputs that calibrate, and as many others that measure.
  private static let count = 16

  /// Imports, converts, measures and runs the net, and writes its program into the folder, if there is one.
  func golden(writingTo folder: URL?) throws -> Golden {
    Golden(
      onnxSHA256: SHA256.hexDigest(of: [UInt8](try Data(contentsOf: onnx))),
      try outcome(writingTo: folder))
  }

  private func outcome(writingTo folder: URL?) throws -> Golden.Outcome {
    let graph: Graph
    do { graph = try ONNXImport.load(path: onnx.path) } catch {
      return refusal("import", "\(error)")
    }
    do {
      let preprocessing = preprocessing(of: graph)
      let images = images(2 * Self.count, preprocessing)
      let conversion = try Conversion(graph: graph, preprocessing: preprocessing)
      let quantized = try conversion.quantize(
        with: table(of: conversion, on: Array(images.prefix(Self.count))))
      let bytes = try ModelFileWriter.encode(
        program: quantized.program, data: quantized.data, labels: [])
      let model = try Model(bytes: bytes)
      let decibels = try signalToNoise(
        of: model, against: conversion.graph, on: images.suffix(Self.count))
      if let folder {
        try Data(bytes).write(to: folder.appendingPathComponent("\(name).swiftlet"))
      }
      return .converted(
        .init(
          signalToNoise: Int(min(decibels, 999).rounded(.down)),
          fileSHA256: SHA256.hexDigest(of: bytes),
          logitsSHA256: try logitsSHA256(of: model, named: name), plan: model.program.plan))
    } catch let error as ConversionError {
      return refusal("conversion", "\(error)")
    }
  }

  private func refusal(_ stage: String, _ error: String) -> Golden.Outcome {
    let text = error.replacingOccurrences(of: onnx.deletingLastPathComponent().path + "/", with: "")
    return .refused(.init(stage: stage, error: text.components(separatedBy: "\n")))
  }

  private func preprocessing(of graph: Graph) -> Preprocessing {
    let shape = graph.values[graph.inputs[0]].shape
    return Preprocessing(
      resize: .shorterSide(shape[2]), height: shape[2], width: shape[3], interpolation: .bilinear,
      mean: mean,
      std: std)
  }

  private func table(
    of conversion: Conversion, on images: [Tensor]
  ) throws -> CalibrationTable {
    if let table {
      return try CalibrationTable(json: [UInt8](Data(contentsOf: table)), path: table.path)
    }
    return try conversion.calibrate(
      on: CalibrationSet(images), method: .mse, calibrationSHA256: "",
      threads: 1)
  }

  /// Of the logits, with what they are on average taken out of the signal.
  private func signalToNoise(
    of model: Model, against graph: Graph, on images: ArraySlice<Tensor>
  ) throws -> Double {
    let interpreter = try Interpreter(graph)
    let exact = try images.map { try interpreter.run([$0])[0].floats ?? [] }
    var session = try Session(model: model, threads: 1)
    let found = images.map { image in
      session.setInput(floats: image.floats ?? [])
      session.run()
      return session.floatLogits
    }
    var ratio = VariationToNoise()
    for (exact, found) in zip(exact, found) { ratio.add(exact, found) }
    return ratio.decibels ?? .infinity
  }

  /// Smooth random images with some noise, byte for byte the same on every machine.
  private func images(_ count: Int, _ preprocessing: Preprocessing) -> [Tensor] {
    let (height, width, cells) = (preprocessing.height, preprocessing.width, 4)
    var random = BenchmarkInput()
    func byte() -> Int { Int(random.next()) + 128 }
    return (0..<count).map { _ in
      let planes = zip(preprocessing.mean, preprocessing.std).map { mean, std -> [Float] in
        let corners = (0..<(cells + 1) * (cells + 1)).map { _ in byte() }
        return (0..<height * width).map { pixel in
          let (y, x) = (pixel / width * cells, pixel % width * cells)
          let (row, column) = (y / height, x / width)
          let (down, right) = (y % height, x % width)
          func corner(_ i: Int, _ j: Int) -> Int { corners[(row + i) * (cells + 1) + column + j] }
          let top = corner(0, 0) * (width - right) + corner(0, 1) * right
          let bottom = corner(1, 0) * (width - right) + corner(1, 1) * right
          let level = (top * (height - down) + bottom * down) / (height * width)
          let value = max(0, min(255, level + (byte() - 128) / 8))
          return (Float(value) / 255 - mean) / std
        }
      }
      return Tensor(shape: [1, planes.count, height, width], planes.flatMap { $0 })
    }
  }
}

extension Program {
  /// Its instructions: what each writes, and which earlier tensors it reads.
  fileprivate var plan: [String] {
    func shape(_ id: TensorID) -> String {
      "%\(id) [\(tensors[id].rows), \(tensors[id].channels)] \(tensors[id].type.rawValue)"
    }
    return ["\(shape(input.tensor)) = input"]
      + instructions.map { instruction in
        let reads = instruction.body.reads.map {
          tensors[$0].constant == nil ? "%\($0)" : "constant"
        }
        return
          "\(shape(instruction.body.output)) = \(instruction.body.kind) \(reads.joined(separator: " "))"
      }
  }
}
