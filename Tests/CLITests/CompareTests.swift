import Foundation
import Testing

@Suite struct CompareTests {
  static let keys: Set<String> = [
    "float", "int8", "agreement", "top1_difference", "logits_sqnr_db", "images", "skipped",
    "samples", "tensors", "threads", "seconds",
  ]

  static func compare(_ fixture: Fixture, _ arguments: String...) throws -> Command {
    try Command(
      ["compare", Fixture.onnx, fixture.int8, "--images", fixture.images] + arguments)
  }

  @Test func agreesWithEvalAndClassify() throws {
    let fixture = try Fixture.shared.get()
    let command = try Self.compare(fixture, "--samples", "3", "--json")
    let result = try command.object()
    #expect(Set(result.keys) == Self.keys)
    #expect(result["images"] as? Int == 20 && result["skipped"] as? Int == 0)
    #expect(command.errors.isEmpty)
    func top1(_ model: [String]) throws -> Double? {
      try Command(["eval"] + model + ["--images", fixture.images, "--json"]).object()["top1"]
        as? Double
    }
    func best(_ model: [String]) throws -> [Int?] {
      let arguments = ["classify"] + model + ["--top", "1", "--json"] + fixture.imagePaths
      let images = try Command(arguments).object()["images"] as? [[String: Any]]
      return (images ?? []).map { (($0["top"] as? [[String: Any]])?.first?["index"]) as? Int }
    }
    let (float, int8) = ([Fixture.onnx] + Fixture.contract, [fixture.int8])
    let sides = ["float", "int8"].map { result[$0] as? [String: Any] ?? [:] }
    #expect(try sides[0]["top1"] as? Double == top1(float))
    #expect(try sides[1]["top1"] as? Double == top1(int8))
    #expect(sides.map { $0["model"] as? String } == [Fixture.onnx, fixture.int8])
    let agreeing = zip(try best(float), try best(int8)).filter { $0 == $1 }.count
    #expect(result["agreement"] as? Double == Double(agreeing) / 20)

    let difference = result["top1_difference"] as? [String: Any] ?? [:]
    #expect(
      Set(difference.keys) == ["value", "low", "high", "confidence", "method", "lost", "gained"])
    let (low, high) = (difference["low"] as? Double ?? 1, difference["high"] as? Double ?? -1)
    let value = try #require(difference["value"] as? Double)
    #expect(low < value && value < high && low >= -1 && high <= 1)
    let top1s = sides.compactMap { $0["top1"] as? Double }
    #expect(abs(value - (top1s[1] - top1s[0])) < 1e-12)
  }

  /// The report of a conversion and a comparison on the images that it held out say the same of every tensor.
  @Test func tensorsAreThoseOfTheReport() throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    for index in stride(from: 0, to: 20, by: 5) {
      try folder.write(readBytes(fixture.imagePaths[index]), to: "\(index).pgm")
    }
    let result = try Command(
      ["compare", Fixture.onnx, fixture.int8, "--images", folder.path, "--threads", "1", "--json"]
    ).object()
    let file = try JSONSerialization.jsonObject(
      with: Data(readBytes("\(fixture.int8).report.json")))
    let report = try #require(file as? [String: Any])
    #expect(report["measured_inputs"] as? Int == 4 && result["samples"] as? Int == 4)
    #expect(report["held_out"] as? Bool == true)
    let (measured, reported) = (
      result["tensors"] as? [[String: Any]] ?? [], report["tensors"] as? [[String: Any]] ?? []
    )
    #expect(measured.count == reported.count && measured.count > 20)
    for (one, other) in zip(measured, reported) {
      #expect(NSDictionary(dictionary: one) == NSDictionary(dictionary: other))
      #expect((one["sqnr_db"] as? Double ?? 0) > 5 && (one["sqnr_local_db"] as? Double ?? 0) > 15)
    }
    let logits = try #require(result["logits_sqnr_db"] as? Double)
    #expect(abs(logits - (report["logits_sqnr_db"] as? Double ?? 0)) < 0.01)
    let program = try Command(["inspect", fixture.int8, "--json"]).object()["program"]
    let instructions = (program as? [String: Any])?["instructions"] as? [Any]
    #expect(measured.count == instructions?.count)
  }

  @Test func resultsDoNotDependOnThreads() throws {
    let fixture = try Fixture.shared.get()
    let results = try ["1", "3"].map { threads -> NSDictionary in
      var result = try Self.compare(
        fixture, "--limit", "7", "--samples", "2", "--threads", threads, "--json"
      ).object()
      for key in ["seconds", "threads"] { result[key] = nil }
      #expect(result["images"] as? Int == 7 && result["samples"] as? Int == 2)
      return NSDictionary(dictionary: result)
    }
    #expect(results[0] == results[1])
  }

  @Test func imagesWithoutLabelsHaveNoTop1() throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    for seed in 0..<3 { try folder.write(Fixture.image(seed), to: "images/\(seed).pgm") }
    try folder.write("no image", to: "images/deeper/3.pgm")
    let command = try Command(
      ["compare", Fixture.onnx, fixture.int8, "--images", folder.path("images"), "--json"]
        + ["--samples", "0"])
    let result = try command.object()
    #expect(Set(result.keys) == Self.keys.subtracting(["top1_difference"]))
    #expect(result["images"] as? Int == 3 && result["skipped"] as? Int == 1)
    #expect((result["float"] as? [String: Any])?.keys.sorted() == ["model"])
    #expect((result["tensors"] as? [Any])?.isEmpty == true)
    #expect(command.errorLines.count == 1)
  }

  /// A program made from tensors carries no preprocessing: then it is what is said for the float model.
  @Test func rawProgramsTakeTheFloatModelsPreprocessing() throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    for seed in 0..<4 {
      try folder.write(
        NpyFile.float32(Fixture.floats(seed), shape: "(1, 1, 28, 28)"), to: "npy/\(seed).npy")
    }
    let out = folder.path("out.swiftlet")
    let convert = try Command(
      ["convert", Fixture.onnx, "-o", out, "--calibration", folder.path("npy")])
    #expect(convert.status == 0, "\(convert.errors)")
    let arguments = ["compare", Fixture.onnx, out, "--images", fixture.images, "--json"]
    let missing = try Command(arguments)
    #expect(missing.status == 1 && missing.errors.contains("give --preprocess FILE"))
    let result = try Command(arguments + Fixture.contract).object()
    #expect(result["images"] as? Int == 20)
    #expect((result["logits_sqnr_db"] as? Double ?? 0) > 5)
    #expect((result["tensors"] as? [Any])?.isEmpty == false)
  }

  @Test func peopleGetATable() throws {
    let fixture = try Fixture.shared.get()
    let command = try Self.compare(fixture, "--samples", "1")
    for text in ["agreement", "top-1", "Tango 1998", "alone", "attention", "layerNorm"] {
      #expect(command.output.contains(text), "\(text)")
    }
    let lines = command.output.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 80 }, "\(command.output)")
  }
}
