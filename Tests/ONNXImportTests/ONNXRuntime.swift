import Foundation
import Testing

/// The oracle: ONNX Runtime in the Python that SWIFTLET_PYTHON names.
enum ONNXRuntime {
  static let environment = ProcessInfo.processInfo.environment
  static let python = environment["SWIFTLET_PYTHON"]
  static let missing: Comment = "SWIFTLET_PYTHON names no Python with onnxruntime"
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// A folder that is removed after `body`.
  static func withScratch<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let scratch = FileManager.default.temporaryDirectory
      .appendingPathComponent("swiftlet-oracle-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    return try body(scratch)
  }

  /// The outputs of models in files, each of one float input, by one process.
  static func outputs(of models: [(path: String, input: [Float])]) throws -> [[Float]] {
    try withScratch { scratch in
      func file(_ index: Int, _ kind: String) -> URL {
        scratch.appendingPathComponent("\(index).\(kind)")
      }
      for (index, model) in models.enumerated() {
        try model.input.withUnsafeBytes { Data($0) }.write(to: file(index, "input"))
      }
      let process = Process()
      process.executableURL = URL(fileURLWithPath: try #require(python))
      process.arguments =
        [root.appendingPathComponent("tools/oracle/onnxruntime-outputs.py").path]
        + models.enumerated().flatMap {
          [$1.path, file($0, "input").path, file($0, "output").path]
        }
      try process.run()
      process.waitUntilExit()
      try #require(process.terminationStatus == 0, "the Python oracle failed")
      return try models.indices.map { index in
        try Data(contentsOf: file(index, "output")).withUnsafeBytes { buffer in
          (0..<buffer.count / 4).map {
            buffer.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self)
          }
        }
      }
    }
  }

  /// Pseudo-random pixels, normalised as images are.
  static func image(_ shape: [Int]) -> [Float] {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    return (0..<shape.reduce(1, *)).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(state >> 40) / Float(1 << 24) * 4 - 2
    }
  }
}
