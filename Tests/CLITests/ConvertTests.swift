import Foundation
import Testing

@Suite struct ConvertTests {
  @Test(arguments: [Fixture.onnx, Fixture.dynamo])
  func writesFileAndReport(model: String) throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    let out = folder.path("out.swiftlet")
    let command = try Command(
      ["convert", model, "-o", out, "--calibration", fixture.images, "--samples", "7", "--json"]
        + Fixture.contract)
    let result = try command.object()
    #expect(
      Set(result.keys) == [
        "output", "output_meaning", "report", "instructions", "weights_bytes", "samples", "skipped",
        "logits_sqnr_db", "measured_inputs", "held_out", "warnings", "calibration_seconds",
        "seconds",
      ])
    #expect(result["samples"] as? Int == 7)
    #expect(result["output_meaning"] as? String == "logits")
    #expect(result["skipped"] as? Int == 0)
    #expect(result["measured_inputs"] as? Int == 13)
    #expect(result["held_out"] as? Bool == true)
    let warnings = try #require(result["warnings"] as? [String])
    #expect(command.errorLines == warnings.map { "swiftlet: warning: \($0)" })
    #expect(try folder.listing() == ["out.swiftlet", "out.swiftlet.report.json"])
    let report = try JSONSerialization.jsonObject(
      with: Data(readBytes("\(out).report.json")))
    #expect((report as? [String: Any])?["tensors"] is [Any])
  }

  @Test func exportersGiveTheSameProgram() throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    let out = folder.path("out.swiftlet")
    let command = try Command(
      ["convert", Fixture.dynamo, "-o", out, "--calibration", fixture.images] + Fixture.contract)
    #expect(command.status == 0, "\(command.errors)")
    func kinds(_ path: String) throws -> [String] {
      let program = try Command(["inspect", path, "--json"]).object()["program"] as? [String: Any]
      let instructions = program?["instructions"] as? [[String: Any]] ?? []
      return instructions.flatMap(\.keys)
    }
    #expect(try !kinds(out).isEmpty)
    #expect(try kinds(out) == kinds(fixture.int8))
  }

  @Test func sameArgumentsGiveTheSameBytes() throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    for threads in ["1", "2"] {
      let out = folder.path("\(threads).swiftlet")
      let command = try Command(
        ["convert", Fixture.onnx, "-o", out, "--calibration", fixture.images]
          + ["--threads", threads] + Fixture.contract)
      #expect(command.status == 0, "\(command.errors)")
      #expect(try readBytes(out) == readBytes(fixture.int8), "\(threads) threads")
    }
  }

  /// What the outputs are taken for is said, and what that has for a consequence.
  @Test(arguments: [
    (["Flatten", "Relu"], [1, 784], "784 logits, one a class", "logits"),
    (["Flatten", "Sigmoid"], [1, 784], "784 independent scores", "scores"),
    (["Flatten", "Tanh"], [1, 784], "cannot show classes", "vector"),
    (["Relu"], [1, 1, 28, 28], "--output logits", "vector"),
  ])
  func saysWhatTheOutputsAre(
    operators: [String], shape: [Int], text: String, meaning: String
  ) throws {
    let folder = try TemporaryFolder()
    let model = try folder.write(
      ONNXFile.chain(of: operators, output: shape), to: "model.onnx")
    for seed in 0..<2 {
      try folder.write(
        NpyFile.float32(Fixture.floats(seed), shape: "(1, 1, 28, 28)"), to: "npy/\(seed).npy")
    }
    let arguments = [
      "convert", model, "-o", folder.path("o.swiftlet"), "--calibration", folder.path("npy"),
    ]
    let said = try Command(arguments)
    let words = said.output.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
    #expect(words.contains(text), "\(said.output)\(said.errors)")
    #expect(try Command(arguments + ["--json"]).object()["output_meaning"] as? String == meaning)
  }

  @Test func tableReplacesCalibration() throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    let out = folder.path("out.swiftlet")
    let command = try Command(
      ["convert", Fixture.onnx, "-o", out, "--table", fixture.table] + Fixture.contract)
    #expect(command.status == 0, "\(command.errors)")
    #expect(try readBytes(out) == readBytes(fixture.int8))
  }

  @Test func listFileIsAFolder() throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    let out = folder.path("out.swiftlet")
    let list = fixture.imagePaths.reversed().map { $0 + "\n" }.joined()
    try folder.write(list, to: "list.txt")
    let command = try Command(
      ["convert", Fixture.onnx, "-o", out, "--calibration", folder.path("list.txt")]
        + Fixture.contract)
    #expect(command.status == 0, "\(command.errors)")
    #expect(try readBytes(out) == readBytes(fixture.int8))
  }

  @Test func tensorsNeedNoPreprocessing() throws {
    let folder = try TemporaryFolder()
    for seed in 0..<4 {
      try folder.write(
        NpyFile.float32(Fixture.floats(seed), shape: "(1, 1, 28, 28)"), to: "npy/\(seed).npy")
    }
    let out = folder.path("out.swiftlet")
    let converted = try Command(
      ["convert", Fixture.onnx, "-o", out, "--calibration", folder.path("npy"), "--json"])
    #expect(try converted.object()["samples"] as? Int == 4)

    let image = try folder.write(Fixture.image(3), to: "3.pgm")
    let refused = try Command(["classify", out, image])
    #expect(refused.status == 1)
    #expect(refused.errors.contains("give --preprocess FILE"))
    let classified = try Command(["classify", out, image, "--json"] + Fixture.contract)
    #expect(try (classified.object()["images"] as? [Any])?.count == 1)
  }

  @Test func brokenImagesAreSkipped() throws {
    let folder = try TemporaryFolder()
    for seed in 0..<4 { try folder.write(Fixture.image(seed), to: "images/\(seed).pgm") }
    try folder.write(Array(Fixture.image(4).dropLast()), to: "images/broken.pgm")
    let command = try Command(
      ["convert", Fixture.onnx, "-o", folder.path("out.swiftlet"), "--json"]
        + ["--calibration", folder.path("images")] + Fixture.contract)
    let result = try command.object()
    #expect(result["samples"] as? Int == 4)
    #expect(result["skipped"] as? Int == 1)
    let skipped = command.errorLines.filter { $0.contains("skipped") }
    #expect(skipped.count == 1 && skipped[0].contains("broken.pgm"))
  }

  @Test func metadataIsTheDefault() throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    let labels = Fixture.labels.joined(separator: "\n")
    let contract = """
      {"input_size": [1, 28, 28], "mean": [0.286], "std": [0.353], "interpolation": "bilinear", "crop_pct": 1.0}
      """
    let model = try folder.write(
      readBytes(Fixture.onnx) + ONNXFile.metadata("preprocess", contract)
        + ONNXFile.metadata("labels", labels), to: "model.onnx")
    let command = try Command(["eval", model, "--images", fixture.images, "--json"])
    let expected = try Command(
      ["eval", Fixture.onnx, "--images", fixture.images, "--json"] + Fixture.contract)
    #expect(try command.object()["top1"] as? Double == expected.object()["top1"] as? Double)
  }

  /// The same contract in other makers' words.
  static let contracts = [
    """
    {"architecture": "x", "num_classes": 10, "pretrained_cfg": {"input_size": [1, 28, 28], "mean": [0.286],
    "std": [0.353], "interpolation": "bilinear", "crop_pct": 1.0, "crop_mode": "center"}}
    """,
    """
    {"size": {"shortest_edge": 28}, "crop_size": {"height": 28, "width": 28}, "resample": 2, "do_normalize": true,
    "rescale_factor": 0.00392156862745098, "image_mean": [0.286], "image_std": [0.353]}
    """,
    """
    {"size": 28, "crop_size": 28, "feature_extractor_type": "CLIPFeatureExtractor", "resample": 2, "image_mean": [72.93],
    "image_std": [90.015], "do_rescale": false}
    """,
  ]

  @Test(arguments: contracts)
  func contractsOfOtherMakers(contract: String) throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    let file = try folder.write(contract, to: "contract.json")
    let out = folder.path("out.swiftlet")
    let command = try Command(
      ["convert", Fixture.onnx, "-o", out, "--table", fixture.table, "--preprocess", file])
    #expect(command.status == 0, "\(command.errors)")
    #expect(command.errors.isEmpty)
    func input(_ path: String) throws -> [String: Double] {
      let program = try Command(["inspect", path, "--json"]).object()["program"] as? [String: Any]
      let input = program?["input"] as? [String: Any]
      var preprocessing = input?["preprocessing"] as? [String: Any] ?? [:]
      #expect(preprocessing.removeValue(forKey: "interpolation") as? String == "bilinear")
      if let resize = preprocessing["resize"] as? [String: Any] {
        #expect(resize["rule"] as? String == "shorterSide")
        #expect(preprocessing.removeValue(forKey: "crop") as? String == "halvesDown")
        preprocessing["resize"] = resize["height"]
      }
      for key in ["mean", "std"] { preprocessing[key] = (preprocessing[key] as? [Double])?.first }
      return preprocessing.compactMapValues { ($0 as? NSNumber)?.doubleValue }
    }
    let (ours, theirs) = (try input(fixture.int8), try input(out))
    #expect(ours.count == 6)
    #expect(ours.keys == theirs.keys)
    for (key, value) in ours {
      #expect(abs(value - (theirs[key] ?? .infinity)) < 1e-6, "\(key)")
    }
  }
}
