import Foundation
import Testing

/// A mistake of the user's: what is written into an empty folder, what is called, and what the error says.
struct Mistake: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let message: String
  var lines = 1
  /// Prepares the folder and returns the arguments.
  let arguments: @Sendable (TemporaryFolder, Fixture) throws -> [String]
}

@Suite struct BadInputTests {
  static func convert(
    _ model: String, to out: String, on images: String, _ contract: [String] = Fixture.contract
  ) -> [String] {
    ["convert", model, "-o", out, "--calibration", images] + contract
  }

  static let models = [
    Mistake(testDescription: "missing model", message: "No such file or directory") {
      convert($0.path("none.onnx"), to: $0.path("out.swiftlet"), on: $1.images)
    },
    Mistake(testDescription: "empty model", message: "is empty") {
      let model = try $0.write([], to: "empty.onnx")
      return convert(model, to: $0.path("out.swiftlet"), on: $1.images)
    },
    Mistake(testDescription: "truncated model", message: "truncated") {
      let bytes = try readBytes(Fixture.onnx)
      let model = try $0.write(Array(bytes.prefix(bytes.count / 2)), to: "half.onnx")
      return convert(model, to: $0.path("out.swiftlet"), on: $1.images)
    },
    Mistake(testDescription: "text for a model", message: "not an ONNX model") {
      let model = try $0.write("There is no model in this text.\n", to: "text.onnx")
      return convert(model, to: $0.path("out.swiftlet"), on: $1.images)
    },
    Mistake(testDescription: "JPEG for a model", message: "an image; the model's file comes first")
    {
      let model = try $0.write(
        [0xFF, 0xD8, 0xFF, 0xE0, 0, 16] + Array("JFIF".utf8) + [0, 1, 1], to: "photo.onnx")
      return convert(model, to: $0.path("out.swiftlet"), on: $1.images)
    },
    Mistake(testDescription: "program for a model", message: "an ONNX model is expected") {
      convert($1.int8, to: $0.path("out.swiftlet"), on: $1.images)
    },
    Mistake(testDescription: "unsupported operator", message: "Frobnicate") {
      let model = try $0.write(ONNXFile.chain(of: ["Relu", "Frobnicate"]), to: "model.onnx")
      return convert(model, to: $0.path("out.swiftlet"), on: $1.images)
    },
    Mistake(testDescription: "two unsupported operators", message: "Widdle", lines: 3) {
      let model = try $0.write(ONNXFile.chain(of: ["Frobnicate", "Widdle"]), to: "model.onnx")
      return convert(model, to: $0.path("out.swiftlet"), on: $1.images)
    },
    Mistake(testDescription: "no preprocessing", message: "--preprocess FILE") {
      convert(Fixture.onnx, to: $0.path("out.swiftlet"), on: $1.images, [])
    },
  ]

  static let calibration = [
    Mistake(testDescription: "no image in the folder", message: "no image in it") { folder, _ in
      try folder.write("text", to: "empty/readme.txt")
      return convert(Fixture.onnx, to: folder.path("out.swiftlet"), on: folder.path("empty"))
    },
    Mistake(testDescription: "no usable image", message: "can be used to calibrate", lines: 3) {
      folder, _ in
      for name in ["1", "2"] { try folder.write("no image", to: "images/\(name).pgm") }
      return convert(Fixture.onnx, to: folder.path("out.swiftlet"), on: folder.path("images"))
    },
    Mistake(testDescription: "missing folder", message: "No such file") { folder, _ in
      convert(Fixture.onnx, to: folder.path("out.swiftlet"), on: folder.path("none"))
    },
    Mistake(testDescription: "images and tensors", message: "keep them apart") { folder, _ in
      try folder.write(Fixture.image(0), to: "both/0.pgm")
      try folder.write(NpyFile.float32([0], shape: "(1,)"), to: "both/0.npy")
      return convert(Fixture.onnx, to: folder.path("out.swiftlet"), on: folder.path("both"))
    },
    Mistake(testDescription: "too few labels", message: "labels file has 9 lines, the model 10") {
      let labels = Fixture.labels.dropLast().map { $0 + "\n" }.joined()
      let file = try $0.write(labels, to: "labels.txt")
      return convert(
        Fixture.onnx, to: $0.path("out.swiftlet"), on: $1.images,
        Array(Fixture.contract.prefix(2)) + ["--labels", file])
    },
    Mistake(testDescription: "damaged table", message: "not a calibration table") { folder, _ in
      let table = try folder.write("{\"tensors\": 1}", to: "table.json")
      return ["convert", Fixture.onnx, "-o", folder.path("out.swiftlet"), "--table", table]
        + Fixture.contract
    },
    Mistake(testDescription: "preprocessing of another size", message: "the model takes") {
      let file = try $0.write(
        """
        {"input_size": [1, 32, 32], "mean": [0], "std": [1], "interpolation": "bilinear", "crop_pct": 1}
        """, to: "contract.json")
      return convert(
        Fixture.onnx, to: $0.path("out.swiftlet"), on: $1.images, ["--preprocess", file])
    },
  ]

  static let outputs = [
    Mistake(testDescription: "missing output folder", message: "there is no folder") {
      convert(Fixture.onnx, to: $0.path("none/out.swiftlet"), on: $1.images)
    },
    Mistake(testDescription: "folder that takes no files", message: "choose another folder") {
      convert(Fixture.onnx, to: "/proc/out.swiftlet", on: $1.images) + ["--report", $0.path("r")]
    },
    Mistake(testDescription: "folder as output", message: "it names a folder") {
      convert(Fixture.onnx, to: try $0.makeFolder("folder"), on: $1.images)
    },
    Mistake(testDescription: "model as output", message: "another file of this conversion") {
      let model = try $0.write(readBytes(Fixture.onnx), to: "model.onnx")
      return convert(model, to: model, on: $1.images)
    },
    Mistake(testDescription: "run into a missing folder", message: "there is no folder") {
      let input = try $0.write(NpyFile.float32(Fixture.floats(0), shape: "(1, 28, 28)"), to: "x")
      return ["run", $1.int8, "--input", input, "--output", $0.path("none/y.npy")]
    },
  ]

  static let programs = [
    Mistake(testDescription: "truncated program", message: "damaged or incomplete") {
      let model = try $0.write(Array(readBytes($1.int8).dropLast(64)), to: "model.swiftlet")
      return ["bench", model]
    },
    Mistake(testDescription: "altered program", message: "damaged or incomplete") {
      var bytes = try readBytes($1.int8)
      bytes[bytes.count - 1000] ^= 1
      return ["classify", try $0.write(bytes, to: "model.swiftlet"), $1.imagePaths[0]]
    },
    Mistake(testDescription: "empty program", message: "is empty") { folder, _ in
      ["inspect", try folder.write([], to: "model.swiftlet")]
    },
    Mistake(testDescription: "model for a program", message: "convert the model first") { _, _ in
      ["bench", Fixture.onnx]
    },
    Mistake(testDescription: "disguised model", message: "not a .swiftlet file") {
      let model = try $0.write(readBytes(Fixture.onnx), to: "model.swiftlet")
      return ["eval", model, "--images", $1.images]
    },
    Mistake(testDescription: "folders without labels", message: "labels: hat, shoe") {
      for name in ["bag", "hat", "shoe"] {
        try $0.write(Fixture.image(0), to: "images/\(name)/0.pgm")
      }
      return ["eval", $1.int8, "--images", $0.path("images")]
    },
    Mistake(testDescription: "empty stream", message: "no image in it") {
      ["live", $1.int8, "--source", try $0.makeFolder("stream")]
    },
    Mistake(testDescription: "stream of unknown frames", message: "--size WIDTHxHEIGHT") {
      ["live", $1.int8, "--source", try $0.write([1, 2, 3, 4], to: "stream")]
    },
    Mistake(
      testDescription: "an image as a stream", message: "begins with an image file (PGM, PPM)"
    ) {
      ["live", $1.int8, "--source", try $0.write(Fixture.image(0), to: "stream")]
    },
    Mistake(testDescription: "stream without frames", message: "is empty") {
      ["live", $1.int8, "--source", try $0.write([], to: "stream")]
    },
    Mistake(testDescription: "stream without usable frames", message: "none of its 1", lines: 2) {
      [
        "live", $1.int8, "--source", try $0.write([1, 2], to: "stream"), "--format", "grey",
        "--size", "8x8",
      ]
    },
    Mistake(testDescription: "folder with a size", message: "leave --size and --format out") {
      [
        "live", $1.int8, "--source", try $0.makeFolder("stream"), "--size", "8x8", "--format",
        "grey",
      ]
    },
    Mistake(testDescription: "missing camera", message: "No such file or directory") {
      ["live", $1.int8, "--device", $0.path("video0")]
    },
    Mistake(testDescription: "no camera", message: "this is no video device") { _, fixture in
      ["live", fixture.int8, "--device", "/dev/null"]
    },
    Mistake(testDescription: "second preprocessing", message: "leave --preprocess out") {
      ["classify", $1.int8, $0.path("0.pgm")] + Fixture.contract
    },
  ]

  static let comparisons = [
    Mistake(testDescription: "programs swapped", message: "is expected") {
      ["compare", $1.int8, Fixture.onnx, "--images", $0.path("none")]
    },
    Mistake(testDescription: "program of another model", message: "was made from another model") {
      ["compare", Fixture.dynamo, $1.int8, "--images", $0.path("none")]
    },
    Mistake(testDescription: "missing images", message: "no such folder") {
      ["compare", Fixture.onnx, $1.int8, "--images", $0.path("none")]
    },
    Mistake(testDescription: "no images", message: "no image in it") {
      ["compare", Fixture.onnx, $1.int8, "--images", try $0.makeFolder("images")]
    },
    Mistake(testDescription: "some labels", message: "labels: hat") {
      for name in ["bag", "hat"] { try $0.write(Fixture.image(0), to: "images/\(name)/0.pgm") }
      return ["compare", Fixture.onnx, $1.int8, "--images", $0.path("images")]
    },
    Mistake(testDescription: "no usable images", message: "can be used", lines: 2) {
      try $0.write("no image", to: "images/bag/0.pgm")
      return ["compare", Fixture.onnx, $1.int8, "--images", $0.path("images")]
    },
    Mistake(testDescription: "another preprocessing", message: "with another preprocessing") {
      let file = try $0.write(
        """
        {"input_size": [1, 28, 28], "mean": [0.5], "std": [0.5], "interpolation": "bilinear", "crop_pct": 1}
        """, to: "contract.json")
      return [
        "compare", Fixture.onnx, $1.int8, "--images", $1.images, "--preprocess", file,
      ]
    },
  ]

  static let tensorFiles: [(name: String, message: String, bytes: [UInt8])] = [
    ("image", "not a .npy file", Fixture.image(0)),
    ("shape", "the model takes", NpyFile.float32(Fixture.floats(0), shape: "(28, 28, 1)")),
    ("type", "float32", NpyFile.bytes(type: "<i8", shape: "(0,)", data: [])),
    (
      "order", "Fortran order",
      NpyFile.bytes(type: "|u1", shape: "(1, 1)", fortranOrder: true, data: [0])
    ),
    ("data", "needs", Array(NpyFile.float32(Fixture.floats(0), shape: "(1, 28, 28)").dropLast())),
    ("header", "its header", NpyFile.bytes(type: "<f4", shape: "[1]", data: [0, 0, 0, 0])),
    ("size", "holds more", NpyFile.bytes(type: "<f4", shape: "(9999999999, 9999999999)", data: [])),
  ]

  static let tensors = tensorFiles.map { file in
    Mistake(testDescription: "tensor: \(file.name)", message: file.message) {
      let input = try $0.write(file.bytes, to: "x.npy")
      return ["run", $1.int8, "--input", input, "--output", $0.path("y.npy")]
    }
  }

  @Test(arguments: models + calibration + outputs + programs + comparisons + tensors)
  func saysWhatIsWrongAndWritesNothing(mistake: Mistake) throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    let arguments = try mistake.arguments(folder, fixture)
    let before = try folder.listing()
    let command = try Command(arguments)
    #expect(command.status == 1)
    #expect(command.output.isEmpty)
    #expect(command.errors.contains(mistake.message), "\(command.errors)")
    #expect(command.errorLines.count == mistake.lines, "\(command.errors)")
    #expect(command.errorLines.allSatisfy { $0.hasPrefix("swiftlet: ") })
    #expect(try folder.listing() == before)
  }

  /// A field of a preprocessing file, and a value that it must not have; none for a field that is left out.
  static let fields: [(field: String, value: String?)] = [
    ("input_size", nil), ("input_size", "[2, 28, 28]"), ("input_size", "[1, 28]"),
    ("input_size", "[1, 0, 0]"), ("input_size", "28"), ("mean", nil), ("mean", "[0.1, 0.2]"),
    ("mean", "0.1"), ("std", nil), ("std", "[0]"), ("std", "[1e-60]"), ("interpolation", nil),
    ("interpolation", "\"random\""), ("crop_pct", nil), ("crop_pct", "0"), ("crop_pct", "101"),
    ("crop_mode", "\"corner\""), ("mean", "[127]"), ("mean", "[-0.5]"), ("std", "[128]"),
    ("crop_border_pixels", "4"),
  ]

  @Test(arguments: fields)
  func namesTheField(field: String, value: String?) throws {
    var fields = [
      "input_size": "[1, 28, 28]", "mean": "[0.5]", "std": "[0.5]",
      "interpolation": "\"bilinear\"", "crop_pct": "1",
    ]
    fields[field] = value
    let folder = try TemporaryFolder()
    let json = fields.map { "\"\($0)\": \($1)" }.joined(separator: ", ")
    let file = try folder.write("{\(json)}", to: "contract.json")
    let command = try Command(
      ["classify", Fixture.onnx, folder.path("0.pgm"), "--preprocess", file])
    #expect(command.status == 1)
    #expect(command.errorLines.count == 1)
    #expect(command.errors.contains("the field '\(field)'"), "\(command.errors)")
  }

  @Test(
    arguments: [
      ["convert"], ["convert", "a.onnx"], ["convert", "a.onnx", "-o", "b.swiftlet"],
      ["convert", "a.onnx", "-o", "b", "--calibration", "c", "--samples", "0"],
      ["convert", "a.onnx", "-o", "b", "--calibration", "c", "--method", "best"],
      ["convert", "a.onnx", "-o", "b", "--calibration", "c", "--input-shape", "1,x"],
      ["convert", "a.onnx", "-o", "b", "--table", "c", "--save-table", "d"],
      ["eval", "a.swiftlet"], ["eval", "a.swiftlet", "--images", "b", "--limit", "0"],
      ["classify", "a.swiftlet"], ["run", "a.swiftlet", "--input", "x.npy"],
      ["bench", "a.swiftlet", "--threads", "0"], ["bench", "a.swiftlet", "--threads", "257"],
      ["bench", "a.swiftlet", "--runs", "0"], ["live", "a.swiftlet"], ["inspect"], ["nonsense"],
      ["live", "a.swiftlet", "--device", "b", "--source", "c"],
      ["live", "a.swiftlet", "--source", "c", "--format", "h264"],
      ["live", "a.swiftlet", "--source", "c", "--format", "yuyv"],
      ["live", "a.swiftlet", "--source", "c", "--format", "mjpeg", "--size", "8x8"],
      ["live", "a.swiftlet", "--source", "c", "--format", "yuyv", "--size", "0x8"],
      ["live", "a.swiftlet", "--source", "c", "--format", "yuyv", "--size", "8"],
      ["live", "a.swiftlet", "--source", "c", "--frames", "0"],
      ["bench"], ["bench", "--gemm", "--profile"], ["bench", "--gemm", "--threads", "0"],
      ["doctor", "x"], ["doctor", "--threads", "0"], ["compare", "a.onnx"],
      ["compare", "a.onnx", "b.swiftlet"],
      ["compare", "a.onnx", "b.swiftlet", "--images", "c", "--samples", "-1"],
      ["compare", "a.onnx", "b.swiftlet", "--images", "c", "--limit", "0"],
    ])
  func badUsageIs64(arguments: [String]) throws {
    let command = try Command(arguments)
    #expect(command.status == 64)
    #expect(command.output.isEmpty)
    #expect(!command.errors.isEmpty)
  }

  @Test func helpIsNoMistake() throws {
    for arguments in [["--help"], ["--version"], ["help", "convert"], ["convert", "--help"]] {
      let command = try Command(arguments)
      #expect(command.status == 0)
      #expect(!command.output.isEmpty)
    }
  }
}
