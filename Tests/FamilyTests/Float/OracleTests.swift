import Foundation
import SwiftletGraph
import SwiftletONNXImport
import Testing

/// Whole models against ONNX Runtime: the golden ones, or those of the folder that SWIFTLET_ORACLE_MODELS names.
@Suite struct OracleTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let python = environment["SWIFTLET_PYTHON"]
  private static let script = Golden.folder.deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("tools/oracle/onnxruntime-outputs.py").path

  /// A model that is imported, and what it makes of an image.
  private struct Case: Sendable {
    var path: String
    var image: [Float]
    var logits: [Float]
    /// Nodes that the importer should have calculated.
    var constantNodes: [String]
  }

  @Test(.enabled(if: python != nil, "SWIFTLET_PYTHON names no Python with onnxruntime"))
  func logitsEqualONNXRuntimes() throws {
    let cases = try Self.paths().compactMap(Self.run)
    #expect(cases.count > 1)
    for (it, theirs) in zip(cases, try Self.reference(cases)) {
      let range = (theirs.max() ?? 0) - (theirs.min() ?? 0)
      let difference = zip(it.logits, theirs).map { abs($0 - $1) }.max() ?? .infinity
      #expect(it.logits.count == theirs.count && range > 0)
      #expect(difference <= 1e-4 * range, "\(it.path): \(difference) apart of a range of \(range)")
      #expect(
        it.constantNodes.isEmpty, "\(it.path): nodes of constants are left: \(it.constantNodes)")
    }
  }

  private static func paths() throws -> [String] {
    guard let folder = environment["SWIFTLET_ORACLE_MODELS"] else {
      return Net.all.map(\.onnx.path)
    }
    return try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".onnx") }.sorted().map { "\(folder)/\($0)" }
  }

  /// nil for a net that is known to be refused.
  private static func run(_ path: String) throws -> Case? {
    let graph: Graph
    do { graph = try ONNXImport.load(path: path) } catch {
      let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
      guard case .refused(let refusal)? = Golden.read(name)?.outcome, refusal.stage == "import"
      else { throw error }
      return nil
    }
    let shape = graph.values[graph.inputs[0]].shape
    let image = image(shape)
    let logits = try Interpreter(graph).run([Tensor(shape: shape, image)]).flatMap {
      $0.floats ?? []
    }
    let constants = graph.nodes.filter { node in
      node.inputs.allSatisfy { $0.map { graph.values[$0].constant != nil } ?? true }
    }
    return Case(path: path, image: image, logits: logits, constantNodes: constants.map(\.name))
  }

  /// Pseudo-random pixels, normalised as images are.
  private static func image(_ shape: [Int]) -> [Float] {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    return (0..<shape.reduce(1, *)).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(state >> 40) / Float(1 << 24) * 4 - 2
    }
  }

  /// ONNX Runtime's logits of every case.
  private static func reference(_ cases: [Case]) throws -> [[Float]] {
    let scratch = FileManager.default.temporaryDirectory
      .appendingPathComponent("swiftlet-oracle-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    func file(_ index: Int, _ kind: String) -> URL {
      scratch.appendingPathComponent("\(index).\(kind)")
    }
    for (index, it) in cases.enumerated() {
      try it.image.withUnsafeBytes { Data($0) }.write(to: file(index, "input"))
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(python))
    process.arguments =
      [script]
      + cases.enumerated().flatMap { [$1.path, file($0, "input").path, file($0, "output").path] }
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "the Python oracle failed")
    return try cases.indices.map { index in
      try Data(contentsOf: file(index, "output")).withUnsafeBytes { buffer in
        (0..<buffer.count / 4).map { buffer.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
      }
    }
  }
}
