import Dispatch
import Foundation
import Swiftlet
import SwiftletConverter
import SwiftletGraph
import SwiftletImaging
import SwiftletKernels
import SwiftletONNXImport
import Synchronization
import Testing

/// int8 against float on the 10,000 test images of Fashion-MNIST, calibrated on 128 training images.
@Suite struct AccuracyTests {
  /// A folder with `train` and `test`, as `tools/fashion-mnist` writes them.
  static let images = ProcessInfo.processInfo.environment["SWIFTLET_FASHION_MNIST"]

  struct Example {
    var label: Int
    var pixels: [UInt8]

    /// What the float model takes.
    var tensor: Tensor {
      Tensor(shape: [1, 1, 28, 28], pixels.map { (Float($0) / 255 - 0.2860) / 0.3530 })
    }
  }

  static func examples(_ split: String) throws -> [Example] {
    let labels = try String(
      contentsOf: TrainedModelTests.models.appendingPathComponent("fashion-coatnet.labels.txt"),
      encoding: .utf8
    ).split(separator: "\n").map(String.init)
    let root = URL(fileURLWithPath: try #require(images)).appendingPathComponent(split)
    return try labels.enumerated().flatMap { index, label in
      let folder = root.appendingPathComponent(label)
      return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
        let image = try PixelImage(contentsOf: folder.appendingPathComponent($0).path)
        return Example(label: index, pixels: image.pixels)
      }
    }
  }

  @Test(
    .enabled(if: images != nil, "SWIFTLET_FASHION_MNIST names no folder of images"),
    arguments: TrainedModelTests.files)
  func top1DropsAtMostThreeTenthsOfAPoint(file: String) throws {
    let graph = try ONNXImport.load(
      path: TrainedModelTests.models.appendingPathComponent(file).path)
    let calibration = try Self.examples("train").map(\.tensor)
    let conversion = try Conversion(
      graph: graph, preprocessing: TrainedModelTests.preprocessing)
    let table = try conversion.calibrate(
      on: CalibrationSet(calibration), method: .mse,
      calibrationSHA256: "", threads: 2)
    let model = try Model(bytes: try Converted.encode(try conversion.quantize(with: table)))
    let interpreter = try Interpreter(graph)
    let test = try Self.examples("test")
    try #require(test.count == 10_000)

    let totals = Mutex((float: 0, int8: 0, agreement: 0))
    let parts = 2
    DispatchQueue.concurrentPerform(iterations: parts) { part in
      guard var session = try? Session(model: model, threads: 1) else { return }
      var (float, int8, agreement) = (0, 0, 0)
      for index in stride(from: part, to: test.count, by: parts) {
        let input = test[index].tensor
        session.setInput(floats: input.floats ?? [])
        session.run()
        let logits = (try? interpreter.run([input]))?.first?.floats ?? []
        let exact = logits.indices.max { logits[$0] < logits[$1] }
        let quantized = Classification.top(1, of: session.floatLogits).first?.index
        if exact == test[index].label { float += 1 }
        if quantized == test[index].label { int8 += 1 }
        if exact == quantized { agreement += 1 }
      }
      totals.withLock {
        $0 = ($0.float + float, $0.int8 + int8, $0.agreement + agreement)
      }
    }
    let (float, int8, agreement) = totals.withLock { $0 }
    print("\(file): float \(float), int8 \(int8), agreement \(agreement) of \(test.count)")
    #expect(float >= 9250)
    #expect(float - int8 <= 30, "float \(float), int8 \(int8)")
    #expect(agreement >= 9850)
  }
}
