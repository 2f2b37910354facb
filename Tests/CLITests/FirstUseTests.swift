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

  @Test func aSigmoidsOutputsAreTheScores() throws {
    let folder = try TemporaryFolder()
    let command = try Self.classify(
      ONNXFile.chain(of: ["Flatten", "Sigmoid"], output: [1, 784]), ["--top", "784"], in: folder)
    let images = try command.object()["images"] as? [[String: Any]]
    let top = try #require(images?.first?["top"] as? [[String: Any]])
    let pixels = Fixture.image(3).suffix(784).map { Double($0) / 255 }
    for entry in top {
      let (index, score) = (entry["index"] as? Int, entry["score"] as? Double)
      let expected = 1 / (1 + exp(-pixels[try #require(index)]))
      #expect(abs(try #require(score) - expected) < 1e-5)
    }
  }

  @Test(arguments: [
    (["Relu"], [1, 1, 28, 28]), (["GlobalAveragePool", "Flatten"], [1, 1]),
    (["Flatten", "Tanh"], [1, 784]),
  ])
  func whatIsNoClassificationIsRefused(operators: [String], shape: [Int]) throws {
    let folder = try TemporaryFolder()
    let command = try Self.classify(ONNXFile.chain(of: operators, output: shape), in: folder)
    #expect(command.status == 1)
    #expect(command.errorLines.count == 1)
    #expect(command.errors.contains("no classification"), "\(command.errors)")
  }

  @Test(arguments: ["\r\n", "\n", "\r"], ["", "\u{FEFF}"])
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
