import Foundation
import Testing

/// The pixels of timm and of transformers, by their own files and for images of odd sizes: tools/oracle/preprocessing-cases.py.
struct PreprocessingTests {
  /// A line of the script's output.
  private struct Case {
    let file: [String: Any]
    let image: [Int]
    let shape: [Int]
    let values: [Double]

    init(_ line: Substring) throws {
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      file = try #require(object?["file"] as? [String: Any])
      image = try #require(object?["image"] as? [Int])
      shape = try #require(object?["shape"] as? [Int])
      values = try #require(object?["values"] as? [Double]).map { $0 / 1000 }
    }
  }

  private static func cases(of oracle: String) throws -> [Case] {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let file = tests.appendingPathComponent("Preprocessing/\(oracle).json")
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(Case.init)
  }

  private static func ppm(_ width: Int, _ height: Int) -> [UInt8] {
    var bytes = Array("P6\n\(width) \(height)\n255\n".utf8)
    for y in 0..<height {
      for x in 0..<width {
        for k in 0..<3 {
          let wave = (k * 53) + x * y * 7 + ((x * x) >> 1)
          bytes.append(UInt8(truncatingIfNeeded: (x * 37) ^ (y * 91) ^ wave))
        }
      }
    }
    return bytes
  }

  /// A model whose logits are its input, and a 0 behind it.
  private static func probe(_ shape: [Int]) -> [UInt8] {
    typealias File = ONNXFile
    let count = shape.reduce(1, *)
    let flatten = File.field(1, "x") + File.field(2, "flat") + File.field(4, "Flatten")
    let axis = File.field(1, "axis") + File.field(3, 1) + File.field(20, 2)
    let concat =
      File.field(1, "flat") + File.field(1, "zero") + File.field(2, "y") + File.field(4, "Concat")
      + File.field(5, axis)
    let zero =
      File.field(1, 1) + File.field(1, 1) + File.field(2, 1) + File.field(8, "zero")
      + File.field(9, [0, 0, 0, 0])
    let graph =
      File.field(1, flatten) + File.field(1, concat) + File.field(2, "probe")
      + File.field(5, zero) + File.field(11, File.value("x", [1] + shape))
      + File.field(12, File.value("y", [1, count + 1]))
    return File.field(1, 8) + File.field(8, File.field(1, "") + File.field(2, 17))
      + File.field(7, graph)
  }

  @Test(arguments: ["timm", "transformers"]) func pixels(oracle: String) throws {
    let folder = try TemporaryFolder()
    for (number, it) in try Self.cases(of: oracle).enumerated() {
      let json = try JSONSerialization.data(withJSONObject: it.file, options: .sortedKeys)
      let file = try folder.write([UInt8](json), to: "\(number).json")
      let image = try folder.write(Self.ppm(it.image[0], it.image[1]), to: "\(number).ppm")
      let model = try folder.write(Self.probe(it.shape), to: "\(number).onnx")
      let count = it.values.count
      let top = try Command([
        "classify", model, image, "--preprocess", file, "--json", "--top", "\(count + 1)",
      ]).object()
      let found = try #require(
        (top["images"] as? [[String: Any]])?.first?["top"] as? [[String: Any]])
      var logs = [Double](repeating: 0, count: count + 1)
      for entry in found {
        let (index, score) = (entry["index"] as? Int, entry["score"] as? Double)
        logs[try #require(index)] = log(try #require(score))
      }
      let worst = zip(it.values, logs).map { abs($0 - ($1 - logs[count])) }.max() ?? 0
      #expect(worst < 2e-3, "\(it.file) of \(it.image): \(worst)")
    }
  }

  /// What a file asks for and swiftlet cannot do, or what cannot be meant.
  @Test(arguments: [
    ("image_mean", "[127, 127, 127]"), ("image_std", "[64, 64, 64]"), ("do_pad", "true"),
    ("do_resize", "false"), ("rescale_offset", "true"), ("include_top", "true"),
    ("crop_pct", "0.9"), ("resample", "6"), ("resample", "null"), ("size_divisor", "32"),
    ("keep_aspect_ratio", "true"), ("size", "{\"shortest_edge\": 28}"),
    ("size", "{\"longest_edge\": 28}"),
  ])
  func namesTheField(field: String, value: String) throws {
    var fields = [
      "image_processor_type": "\"ViTImageProcessor\"", "image_mean": "[0.5, 0.5, 0.5]",
      "image_std": "[0.5, 0.5, 0.5]", "resample": "2", "size": "{\"height\": 28, \"width\": 28}",
      "do_center_crop": "false", "crop_size": "null", "crop_pct": "null",
      "processor_class": "\"any\"",
    ]
    fields[field] = value
    let folder = try TemporaryFolder()
    let json = fields.map { "\"\($0)\": \($1)" }.joined(separator: ", ")
    let file = try folder.write("{\(json)}", to: "preprocessor_config.json")
    let command = try Command(
      ["classify", Fixture.onnx, folder.path("0.pgm"), "--preprocess", file])
    #expect(command.status == 1)
    #expect(command.errorLines.count == 1)
    let name = value.contains("longest") ? "longest_edge" : field
    #expect(command.errors.contains("the field '\(name)'"), "\(command.errors)")
  }

  /// Keys of other libraries in a file with timm's keys are not passed over.
  @Test(arguments: ["do_normalize", "input_range", "color_space", "image_mean", "size"])
  func foreignKeysAreRefused(key: String) throws {
    let folder = try TemporaryFolder()
    let json =
      #"{"input_size": [1, 28, 28], "mean": [0.3], "std": [0.3], "interpolation": "bilinear", "crop_pct": 1.0, "\#(key)": [0, 255]}"#
    let file = try folder.write(json, to: "timm.json")
    let command = try Command(
      ["classify", Fixture.onnx, folder.path("0.pgm"), "--preprocess", file])
    #expect(command.status == 1)
    #expect(command.errors.contains("the field '\(key)'"), "\(command.errors)")
  }
}
