import Foundation
import Testing

/// What files of a first user get: right values, or a word.
struct FirstUseTests {
  private static let contract =
    #"{"input_size": [1, 28, 28], "mean": [0], "std": [1], "interpolation": "bilinear", "crop_pct": 1.0}"#

  private static func classify(
    _ model: [UInt8], _ more: [String] = [], in folder: TemporaryFolder
  ) throws -> Command {
    let file = try folder.write(model, to: "model.onnx")
    let image = try folder.write(Fixture.image(3), to: "image.pgm")
    let contract = try folder.write(contract, to: "contract.json")
    return try Command(["classify", file, image, "--preprocess", contract, "--json"] + more)
  }

  /// Nodes in a row on `[1, 1, 28, 28]`, whose last output has this shape.
  private static func model(_ operators: [String], _ shape: [Int]) -> [UInt8] {
    typealias File = ONNXFile
    var graph: [UInt8] = []
    for (index, name) in operators.enumerated() {
      graph += File.field(
        1, File.field(1, "v\(index)") + File.field(2, "v\(index + 1)") + File.field(4, name))
    }
    graph += File.field(2, "g") + File.field(11, File.value("v0"))
    graph += File.field(12, File.value("v\(operators.count)", shape))
    return File.field(1, 8) + File.field(8, File.field(1, "") + File.field(2, 17))
      + File.field(7, graph)
  }

  @Test func aSigmoidsOutputsAreTheScores() throws {
    let folder = try TemporaryFolder()
    let command = try Self.classify(
      Self.model(["Flatten", "Sigmoid"], [1, 784]), ["--top", "784"], in: folder)
    let images = try command.object()["images"] as? [[String: Any]]
    let top = try #require(images?.first?["top"] as? [[String: Any]])
    let pixels = Fixture.image(3).suffix(784).map { Double($0) / 255 }
    for entry in top {
      let (index, score) = (entry["index"] as? Int, entry["score"] as? Double)
      let expected = 1 / (1 + exp(-pixels[try #require(index)]))
      #expect(abs(try #require(score) - expected) < 1e-5)
    }
  }

  @Test(arguments: [(["Relu"], [1, 1, 28, 28]), (["GlobalAveragePool", "Flatten"], [1, 1])])
  func whatIsNoClassificationIsRefused(operators: [String], shape: [Int]) throws {
    let folder = try TemporaryFolder()
    let command = try Self.classify(Self.model(operators, shape), in: folder)
    #expect(command.status == 1)
    #expect(command.errorLines.count == 1)
    #expect(command.errors.contains("no classification"), "\(command.errors)")
  }

  @Test(arguments: ["\r\n", "\n"], ["", "\u{FEFF}"])
  func labelsOfAnyEditor(lineEnd: String, mark: String) throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    let text = mark + Fixture.labels.joined(separator: lineEnd) + lineEnd + lineEnd
    let labels = try folder.write(text, to: "labels.txt")
    let command = try Command(
      ["classify", fixture.int8, fixture.imagePaths[0], "--labels", labels, "--top", "10"]
        + ["--json"])
    let images = try command.object()["images"] as? [[String: Any]]
    let top = try #require(images?.first?["top"] as? [[String: Any]])
    #expect(Set(top.compactMap { $0["label"] as? String }) == Set(Fixture.labels))
  }

  private static let foreign: [(start: [UInt8], name: String)] = [
    ([0x50, 0x4B, 3, 4], "PyTorch"), ([0x80, 2, 0x8A, 10], "PyTorch"),
    ([28, 0, 0, 0, 0x54, 0x46, 0x4C, 0x33], "TFLite"),
    ([0x89, 0x48, 0x44, 0x46, 13, 10], "Keras"), ([0x89, 0x50, 0x4E, 0x47, 13, 10], "an image"),
  ]

  @Test(arguments: foreign)
  func foreignModels(start: [UInt8], name: String) throws {
    let folder = try TemporaryFolder()
    for ending in ["onnx", "swiftlet"] {
      let file = try folder.write(start + [UInt8](repeating: 0, count: 64), to: "model.\(ending)")
      let command = try Command(["inspect", file])
      #expect(command.status == 1)
      #expect(command.errorLines.count == 1)
      #expect(command.errors.contains(name), "\(command.errors)")
    }
  }

  @Test func anOrientationIsSaid() throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    for isLittle in [true, false] {
      func number(_ value: Int, _ count: Int) -> [UInt8] {
        let bytes = (0..<count).map { UInt8(value >> (8 * $0) & 255) }
        return isLittle ? bytes : bytes.reversed()
      }
      let tiff =
        Array((isLittle ? "II" : "MM").utf8) + number(42, 2) + number(8, 4) + number(1, 2)
        + number(274, 2) + number(3, 2) + number(1, 4) + number(6, 2) + number(0, 2) + number(0, 4)
      let content = Array("Exif\0\0".utf8) + tiff
      let jpeg =
        [0xFF, 0xD8, 0xFF, 0xE1, 0, UInt8(content.count + 2)] + content
        + Fixture.plainJPEG.file.dropFirst(2)
      let image = try folder.write(jpeg, to: "turned.jpg")
      let command = try Command(["classify", fixture.int8, image])
      #expect(command.status == 0)
      #expect(command.errors.contains("EXIF orientation is ignored: 1"), "\(command.errors)")
      #expect(command.errors.contains("turned.jpg, orientation 6"), "\(command.errors)")
      #expect(try Command(["classify", fixture.int8, image, "--upright"]).errors.isEmpty)
      let live = ["live", fixture.int8, "--source", folder.path, "--json"]
      #expect(try Command(live).errors.contains("its EXIF orientation (6)"))
      #expect(try Command(live + ["--upright"]).errors.isEmpty)
    }
    let upright = try folder.write(Fixture.plainJPEG.file, to: "upright.jpg")
    #expect(try Command(["classify", fixture.int8, upright]).errors.isEmpty)
  }

  @Test func anEmptyImageIsSaid() throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    let command = try Command(["classify", fixture.int8, folder.write("", to: "empty.jpg")])
    #expect(command.status == 1)
    #expect(command.errors.contains("empty"), "\(command.errors)")
  }
}
