import Foundation
import Testing

/// Files that are given as a model, or as another file of a command, and are none.
struct ForeignFileTests {
  /// The beginning of a zip archive whose first file has this name, with an extra field.
  private static func zip(_ name: String, extra: String = "") -> [UInt8] {
    [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 22) + [UInt8(name.utf8.count), 0]
      + [UInt8(extra.utf8.count), 0] + Array(name.utf8) + Array(extra.utf8)
  }

  private static let foreign: [(start: [UInt8], name: String)] = [
    (zip("model/data.pkl"), "PyTorch"), (zip("model/code/a.py", extra: "FB..ZZ"), "PyTorch"),
    (zip("metadata.json"), "Keras"), (zip("x.npy"), ".npz"), (zip("readme.txt"), "a zip archive"),
    ([0x80, 2, 0x8A, 10], "PyTorch"), ([28, 0, 0, 0, 0x54, 0x46, 0x4C, 0x33], "TFLite"),
    (Array("....ORTM".utf8), "ONNX Runtime"), ([0x89, 0x48, 0x44, 0x46, 13, 10], "Keras"),
    (Array("GGUF".utf8), "GGUF"), ([0x1F, 0x8B, 8], "gzip"),
    ([0x89, 0x50, 0x4E, 0x47], "an image"),
    (Array("GIF89a".utf8), "an image"), (Array("II*\0".utf8), "an image"),
    (Array("<!DOCTYPE html>".utf8), "a web page"), (Array("<?xml version=".utf8), "OpenVINO"),
  ]

  @Test(arguments: foreign)
  func foreignModels(start: [UInt8], name: String) throws {
    let folder = try TemporaryFolder()
    for ending in ["onnx", "swiftlet"] {
      let file = try folder.write(start + [UInt8](repeating: 0, count: 64), to: "model.\(ending)")
      let command = try Command(["inspect", file])
      #expect(command.status == 1)
      #expect(command.errorLines.count == 1)
      #expect(command.errors.contains("no .onnx or .swiftlet model"), "\(command.errors)")
      #expect(command.errors.contains(name), "\(command.errors)")
      #expect(name == "PyTorch" || !command.errors.contains("PyTorch"), "\(command.errors)")
    }
  }

  @Test(arguments: [("onnx", "not an ONNX model"), ("bin", "not a .swiftlet file")])
  func whatIsNotRecognisedIsNoModel(ending: String, message: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.write([UInt8](repeating: 0, count: 4096), to: "model.\(ending)")
    let command = try Command(["inspect", file])
    #expect(command.status == 1 && command.errorLines.count == 1)
    #expect(command.errors.contains(message), "\(command.errors)")
  }

  /// No file that an option names is waited for, as pipes without a writer would be.
  @Test func pipesAreRefused() throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    let out = folder.path("out.swiftlet")
    let pipes = ["onnx", "swiftlet", "json", "txt", "npy"].map { folder.path("pipe.\($0)") }
    for pipe in pipes { #expect(mkfifo(pipe, 0o600) == 0) }
    let convert = ["convert", Fixture.onnx, "-o", out]
    let cases = [
      ["inspect", pipes[0]], ["inspect", pipes[1]], ["bench", pipes[1]],
      ["convert", pipes[0], "-o", out, "--table", fixture.table],
      convert + ["--table", pipes[2]], convert + ["--table", fixture.table, "--labels", pipes[3]],
      convert + ["--table", fixture.table, "--preprocess", pipes[2]],
      convert + ["--calibration", pipes[3]] + Fixture.contract,
      ["run", fixture.int8, "--input", pipes[4], "--output", folder.path("y.npy")],
      ["classify", fixture.int8, fixture.imagePaths[0], "--labels", pipes[3]],
    ]
    for arguments in cases {
      let command = try Command(arguments)
      #expect(command.status == 1, "\(arguments)")
      #expect(command.errorLines.count == 1, "\(command.errors)")
      #expect(command.errors.contains("a pipe or a device"), "\(command.errors)")
    }
  }

  private static let preprocessing: [(text: String, message: String)] = [
    ("{\"input_size\": [1, 28, 28],\n \"mean\": [0],}", "line 2, column 14"),
    ("{'mean': [0]}", "line 1, column 2"), ("{\"mean\": NaN}", "line 1, column 10"),
    ("{\"mean\": [0]", "line 1, column 13"), ("{} {}", "line 1, column 4"),
    ("{\"mean\": \"\\q\"}", "invalid escape"), ("[1]", "not a JSON object"),
  ]

  @Test(arguments: preprocessing)
  func jsonErrorsSayWhere(text: String, message: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(text, to: "contract.json")
    let command = try Command(
      ["classify", Fixture.onnx, folder.path("0.pgm"), "--preprocess", file])
    #expect(command.status == 1 && command.errorLines.count == 1)
    #expect(command.errors.contains("contract.json") && command.errors.contains(message))
  }

  private static let tables: [(text: String, message: String)] = [
    ("{\"version\": 1,", "line 1, column 15"),
    ("{\"version\": \"x\"}", "at version: expected a whole"),
    ("{\"version\": 1, \"method\": \"mse\"}", "at calibrationSHA256: missing"),
  ]

  @Test(arguments: tables)
  func tableErrorsSayWhere(text: String, message: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(text, to: "table.json")
    let command = try Command(
      ["convert", Fixture.onnx, "-o", folder.path("o"), "--table", file] + Fixture.contract)
    #expect(command.status == 1 && command.errorLines.count == 1)
    #expect(command.errors.contains("not a calibration table") && command.errors.contains(message))
  }

  /// A name cannot make a line of its own, or write elsewhere on a terminal.
  @Test func namesAreEscaped() throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    let name = "a\nswiftlet: b\u{1B}[31m\u{9B}\r\u{202E}"
    let shown = #"a\nswiftlet: b\u{1b}[31m\u{9b}\r\u{202e}"#
    let missing = try Command(["inspect", folder.path(name)])
    #expect(missing.errorLines.count == 1 && missing.errors.contains(shown), "\(missing.errors)")
    let image = try folder.write(Fixture.image(0), to: "\(name).pgm")
    let classified = try Command(["classify", fixture.int8, image])
    #expect(classified.output.split(separator: "\n").first?.hasSuffix("\(shown).pgm") == true)
    let out = folder.path(name)
    let converted = try Command(
      ["convert", Fixture.onnx, "-o", out, "--table", fixture.table] + Fixture.contract)
    #expect(converted.status == 0 && !converted.output.contains("\u{1B}"))
  }

  /// An output that is an initializer.
  @Test func aConstantOutputIsSaid() throws {
    typealias File = ONNXFile
    let constant =
      File.field(1, 3) + File.field(2, 1) + File.field(8, "y")
      + File.field(9, [UInt8](repeating: 0, count: 12))
    let relu = File.field(1, "x") + File.field(2, "z") + File.field(4, "Relu")
    let graph =
      File.field(1, relu) + File.field(2, "g") + File.field(5, constant)
      + File.field(11, File.value("x", [1, 3])) + File.field(12, File.value("y", [3]))
    let folder = try TemporaryFolder()
    let model = try folder.write(
      File.field(1, 8) + File.field(8, File.field(1, "") + File.field(2, 17))
        + File.field(7, graph), to: "model.onnx")
    try folder.write(NpyFile.float32([1, 2, 3], shape: "(1, 3)"), to: "npy/0.npy")
    let command = try Command(
      ["convert", model, "-o", folder.path("o"), "--calibration", folder.path("npy")])
    #expect(command.status == 1 && command.errorLines.count == 1)
    #expect(command.errors.contains("output y is a constant"), "\(command.errors)")
  }
}
