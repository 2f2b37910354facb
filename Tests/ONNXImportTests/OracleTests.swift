import Foundation
import SwiftletGraph
import SwiftletONNXImport
import Testing

/// Whole models against ONNX Runtime: the nets of the families and the trained models, or those of the folder that
/// SWIFTLET_ORACLE_MODELS names.
@Suite struct OracleTests {
  /// A model that is imported, and what it makes of an image.
  private struct Case {
    var path: String
    var image: [Float]
    var logits: [Float]
    /// Nodes that the importer should have calculated.
    var constantNodes: [String]
  }

  @Test(.enabled(if: ONNXRuntime.python != nil, ONNXRuntime.missing))
  func logitsEqualONNXRuntimes() throws {
    let cases = try Self.paths().compactMap(Self.run)
    #expect(cases.count > 1)
    let reference = try ONNXRuntime.outputs(of: cases.map { (path: $0.path, input: $0.image) })
    for (it, theirs) in zip(cases, reference) {
      let range = (theirs.max() ?? 0) - (theirs.min() ?? 0)
      let difference = zip(it.logits, theirs).map { abs($0 - $1) }.max() ?? .infinity
      #expect(it.logits.count == theirs.count && range > 0)
      #expect((it.logits + theirs).allSatisfy { $0.isFinite }, "\(it.path)")
      #expect(difference <= 1e-4 * range, "\(it.path): \(difference) apart of a range of \(range)")
      #expect(
        it.constantNodes.isEmpty, "\(it.path): nodes of constants are left: \(it.constantNodes)")
    }
  }

  private static func paths() throws -> [String] {
    let own = ["calibration/models", "Tests/FamilyTests/Nets"].map {
      ONNXRuntime.root.appendingPathComponent($0).path
    }
    let folders = ONNXRuntime.environment["SWIFTLET_ORACLE_MODELS"].map { [$0] } ?? own
    return try folders.flatMap { folder in
      try FileManager.default.contentsOfDirectory(atPath: folder)
        .filter { $0.hasSuffix(".onnx") }.sorted().map { "\(folder)/\($0)" }
    }
  }

  /// nil for a net that is known to be refused.
  private static func run(_ path: String) throws -> Case? {
    let graph: Graph
    do { graph = try ONNXImport.load(path: path) } catch {
      let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
      let golden = ONNXRuntime.root.appendingPathComponent("Tests/FamilyTests/Golden/\(name).txt")
      guard let text = try? String(contentsOf: golden, encoding: .utf8),
        text.contains("\nrefused at import\n")
      else { throw error }
      return nil
    }
    let shape = graph.values[graph.inputs[0]].shape
    let image = ONNXRuntime.image(shape)
    let outputs = try Interpreter(graph).run([Tensor(shape: shape, image)])
    let constants = graph.nodes.filter { node in
      node.inputs.allSatisfy { $0.map { graph.values[$0].constant != nil } ?? true }
    }
    return Case(
      path: path, image: image, logits: outputs.flatMap { $0.floats ?? [] },
      constantNodes: constants.map(\.name))
  }
}
