import Foundation
import Testing

/// What a conversion says of its calibration inputs, and of what it measured on them.
@Suite struct CalibrationTests {
  private static func convert(
    _ folder: TemporaryFolder, _ calibration: String, _ more: [String] = []
  ) throws -> (warnings: [String], result: [String: Any]) {
    let command = try Command(
      ["convert", Fixture.onnx, "-o", folder.path("out.swiftlet"), "--json"]
        + ["--calibration", folder.path(calibration)] + Fixture.contract + more)
    #expect(command.status == 0, "\(command.errors)")
    let result = try command.object()
    let warnings = try #require(result["warnings"] as? [String])
    #expect(command.errors.contains("warning:") == !warnings.isEmpty)
    return (warnings, result)
  }

  private static func plain(_ value: UInt8) -> [UInt8] {
    Array("P5\n28 28\n255\n".utf8) + [UInt8](repeating: value, count: 28 * 28)
  }

  @Test func blankImagesAreNamed() throws {
    let folder = try TemporaryFolder()
    for index in 0..<8 { try folder.write(Self.plain(0), to: "black/\(index).pgm") }
    let (black, result) = try Self.convert(folder, "black")
    #expect(black.contains { $0.contains("all 8 inputs are equal") })
    #expect(black.contains { $0.contains("8 of 8 inputs are of one colour") })
    #expect(black.contains { $0.contains("the same logits") })
    #expect(result["logits_sqnr_db"] == nil)

    for index in 0..<8 { try folder.write(Fixture.image(index), to: "some/\(index).pgm") }
    try folder.write(Self.plain(90), to: "some/blank.pgm")
    let (some, _) = try Self.convert(folder, "some")
    #expect(
      some.contains { $0.contains("1 of 9 inputs are of one colour") && $0.contains("blank.pgm") })
    #expect(!some.contains { $0.contains("equal") })
  }

  @Test func aSingleInputIsCalledSo() throws {
    let folder = try TemporaryFolder()
    try folder.write(Fixture.image(1), to: "one/1.pgm")
    let (warnings, result) = try Self.convert(folder, "one")
    #expect(warnings.contains { $0.contains("single input") })
    #expect(result["held_out"] as? Bool == false)
  }

  /// A pipe in the folder is skipped: nothing waits for it.
  @Test func pipesAreSkipped() throws {
    let folder = try TemporaryFolder()
    for index in 0..<3 { try folder.write(Fixture.image(index), to: "images/\(index).pgm") }
    #expect(mkfifo(folder.path("images/pipe.pgm"), 0o600) == 0)
    let (_, result) = try Self.convert(folder, "images")
    #expect(result["skipped"] as? Int == 1 && result["samples"] as? Int == 3)
  }

  @Test func outliersAreNamed() throws {
    let folder = try TemporaryFolder()
    for seed in 0..<6 {
      var floats = Fixture.floats(seed)
      if seed == 4 { floats[100] = 1e9 }
      try folder.write(
        NpyFile.float32(floats, shape: "(1, 1, 28, 28)"), to: "npy/\(seed).npy")
    }
    let (warnings, _) = try Self.convert(folder, "npy")
    #expect(
      warnings.contains { $0.contains("1 of 6 inputs lie far outside") && $0.contains("4.npy") })
  }

  /// Tensors whose values are absurd are named.
  @Test(arguments: [(Float(1e30), true), (0x1p-140, true), (0, false), (1e-6, false), (1, false)])
  func absurdTensorsAreNamed(factor: Float, isAbsurd: Bool) throws {
    let folder = try TemporaryFolder()
    let model = try folder.write(
      ONNXFile.chain(of: ["Flatten", "Relu"], output: [1, 784]), to: "model.onnx")
    for seed in 0..<2 {
      try folder.write(
        NpyFile.float32(Fixture.floats(seed).map { $0 * factor }, shape: "(1, 1, 28, 28)"),
        to: "npy/\(seed).npy")
    }
    let command = try Command(
      ["convert", model, "-o", folder.path("o"), "--calibration", folder.path("npy")])
    let isNamed = command.errorLines.contains {
      $0.contains("no trained network") && $0.contains("v0 (")
    }
    #expect(isNamed == isAbsurd, "\(command.errors)")
  }

  /// Few inputs serve twice, which is said.
  @Test(arguments: [(4, "same 4 inputs that gave the ranges"), (20, "on 4 other inputs")])
  func saysWhatWasMeasuredOn(files: Int, text: String) throws {
    let folder = try TemporaryFolder()
    for index in 0..<files { try folder.write(Fixture.image(index), to: "images/\(index).pgm") }
    let command = try Command(
      ["convert", Fixture.onnx, "-o", folder.path("o"), "--calibration", folder.path("images")]
        + Fixture.contract)
    let words = command.output.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
    #expect(words.contains(text), "\(command.output)")
  }

  /// Whatever is not used for the ranges is measured on: as many as there are, or a fifth.
  @Test(arguments: [
    (4, 128, 4, 4, false), (9, 128, 9, 9, false), (20, 128, 16, 4, true), (20, 7, 7, 13, true),
  ])
  func someInputsAreHeldOut(
    files: Int, samples: Int, used: Int, measured: Int, isHeldOut: Bool
  ) throws {
    let folder = try TemporaryFolder()
    for index in 0..<files { try folder.write(Fixture.image(index), to: "images/\(index).pgm") }
    let (_, result) = try Self.convert(folder, "images", ["--samples", "\(samples)"])
    #expect(result["samples"] as? Int == used)
    #expect(result["measured_inputs"] as? Int == measured)
    #expect(result["held_out"] as? Bool == isHeldOut)
  }

  /// Images of other kinds, and names that are not UTF-8, are counted and named by every command that reads a folder.
  @Test func whatIsLeftOutIsNamed() throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    for index in 0..<6 { try folder.write(Fixture.image(index), to: "images/bag/\(index).pgm") }
    try folder.write([1, 2, 3], to: "images/bag/other.PNG")
    let name =
      Array(folder.path("images/bag/caf").utf8CString.dropLast()) + [CChar(bitPattern: 0xE9)]
    let file = (name + Array(".pgm".utf8CString)).withUnsafeBufferPointer {
      fopen($0.baseAddress, "w")
    }
    fclose(file)
    let images = folder.path("images")
    let commands = [
      ["convert", Fixture.onnx, "-o", folder.path("o.swiftlet"), "--calibration", images]
        + Fixture.contract,
      ["eval", fixture.int8, "--images", images],
      ["compare", Fixture.onnx, fixture.int8, "--images", images],
      ["live", fixture.int8, "--source", images],
    ]
    for arguments in commands {
      let command = try Command(arguments + ["--json"])
      #expect(command.status == 0, "\(command.errors)")
      let last = try #require(try command.objects().last)
      let counts = last["summary"] as? [String: Any] ?? last
      #expect(counts["skipped"] as? Int == 2, "\(arguments[0]): \(command.errors)")
      #expect(
        command.errors.contains("bag/other.PNG") && command.errors.contains("bag/caf\\xe9.pgm"))
    }
  }

  /// Nothing that a conversion reads or writes is written over, by whatever spelling or link.
  @Test func noFileIsWrittenOver() throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    let manager = FileManager.default
    for (from, to) in [
      (Fixture.onnx, "m.onnx"), (fixture.table, "t.json"), (Fixture.contract[1], "p.json"),
      (Fixture.contract[3], "l.txt"),
    ] {
      try folder.write(readBytes(from), to: to)
    }
    try folder.write(Fixture.image(0), to: "images/0.pgm")
    _ = try folder.makeFolder("sub")
    try manager.createSymbolicLink(atPath: folder.path("link.json"), withDestinationPath: "t.json")
    try manager.createSymbolicLink(atPath: folder.path("here"), withDestinationPath: ".")
    let before = try folder.listing()
    let cases: [[String]] = [
      ["-o", "m.onnx"], ["-o", "sub/../m.onnx"], ["-o", "here/t.json"], ["-o", "link.json"],
      ["-o", "p.json"], ["-o", "o", "--report", "l.txt"], ["-o", "o", "--report", "sub/../o"],
      ["-o", "here/o", "--report", "o"], ["-o", "images/0.pgm"],
    ]
    for outputs in cases {
      let arguments = outputs.map { $0.hasPrefix("-") ? $0 : folder.path($0) }
      let command = try Command(
        ["convert", folder.path("m.onnx"), "--table", folder.path("t.json"), "--preprocess"]
          + [folder.path("p.json"), "--labels", folder.path("l.txt"), "--calibration"]
          + [folder.path("images")] + arguments)
      #expect(command.status == 1, "\(outputs)")
      #expect(command.errors.contains("another file of this conversion"), "\(command.errors)")
      #expect(try folder.listing() == before)
      #expect(try readBytes(folder.path("m.onnx")) == readBytes(Fixture.onnx))
    }
  }
}
