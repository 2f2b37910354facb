import Foundation
import SwiftletGraph
import SwiftletONNXImport
import Testing

/// Whole models against ONNX Runtime: those in calibration/models, or in the folder SWIFTLET_ORACLE_MODELS names.
@Suite struct OracleTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let python = environment["SWIFTLET_PYTHON"]
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  private static let folder =
    environment["SWIFTLET_ORACLE_MODELS"].map {
      URL(fileURLWithPath: $0)
    } ?? root.appendingPathComponent("calibration/models")

  private static let models: [String] =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".onnx") }.sorted()

  @Test(
    .enabled(
      if: python != nil && !models.isEmpty,
      "SWIFTLET_PYTHON names no Python with onnxruntime, or there are no models"),
    arguments: models)
  func logitsEqualONNXRuntimes(_ name: String) throws {
    let path = Self.folder.appendingPathComponent(name).path
    let graph = try ONNXImport.load(path: path)
    let shape = graph.values[graph.inputs[0]].shape
    let image = Self.image(shape)
    let ours = try Interpreter(graph).run([Tensor(shape: shape, image)]).flatMap { $0.floats ?? [] }

    let theirs = try Self.reference(path, image)
    #expect(ours.count == theirs.count)
    let largest = theirs.map(abs).max() ?? 0
    let difference = zip(ours, theirs).map { abs($0 - $1) }.max() ?? .infinity
    print("\(name): largest difference \(difference), largest logit \(largest)")
    #expect(largest > 0)
    #expect(difference <= 1e-4 * largest)
    let constants = graph.nodes.filter { node in
      node.inputs.allSatisfy { $0.map { graph.values[$0].constant != nil } ?? true }
    }
    #expect(constants.isEmpty, "nodes of constants are left: \(constants.map(\.name))")
  }

  /// Pseudo-random pixels, normalised as images are.
  private static func image(_ shape: [Int]) -> [Float] {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    return (0..<shape.reduce(1, *)).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(state >> 40) / Float(1 << 24) * 4 - 2
    }
  }

  private static func reference(_ model: String, _ image: [Float]) throws -> [Float] {
    let scratch = FileManager.default.temporaryDirectory
      .appendingPathComponent("swiftlet-oracle-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    let input = scratch.appendingPathComponent("input.bin")
    let output = scratch.appendingPathComponent("output.bin")
    try image.withUnsafeBytes { Data($0) }.write(to: input)

    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(python))
    process.arguments = [
      root.appendingPathComponent("tools/oracle/onnxruntime-outputs.py").path, model, input.path,
      output.path,
    ]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "the Python oracle failed")
    let data = try Data(contentsOf: output)
    return data.withUnsafeBytes { buffer in
      (0..<data.count / 4).map { buffer.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
    }
  }
}
