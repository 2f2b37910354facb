import Foundation
import Testing

/// What a model leaves open, and what a user says of it.
@Suite struct ChoiceTests {
  private static let contract =
    #"{"input_size": [1, 28, 28], "mean": [0], "std": [1], "interpolation": "bilinear", "crop_pct": 1.0}"#

  /// A model on `[1, 1, 28, 28]`, or on open sizes, that flattens: its outputs are that, its sigmoid, and its maximum.
  private static func model(isOpen: Bool = false) -> [UInt8] {
    typealias File = ONNXFile
    func node(_ kind: String, _ output: String, _ input: String) -> [UInt8] {
      File.field(1, File.field(1, input) + File.field(2, output) + File.field(4, kind))
    }
    let open =
      File.field(1, File.field(1, 1)) + File.field(1, File.field(1, 1))
      + File.field(1, File.field(2, "h")) + File.field(1, File.field(2, "w"))
    let input =
      isOpen
      ? File.field(1, "x") + File.field(2, File.field(1, File.field(1, 1) + File.field(2, open)))
      : File.value("x")
    var graph = node("Flatten", "logits", "x") + node("Sigmoid", "chances", "logits")
    graph += node("Erosion", "broken", "x") + File.field(2, "g") + File.field(11, input)
    for (output, shape) in [("logits", [1, 784]), ("chances", [1, 784])] {
      graph += File.field(12, File.value(output, shape))
    }
    if !isOpen { graph += File.field(12, File.value("broken")) }
    return File.field(1, 8) + File.field(8, File.field(1, "") + File.field(2, 17))
      + File.field(7, graph)
  }

  private static func scores(_ command: Command) throws -> [Double] {
    let images = try command.object()["images"] as? [[String: Any]]
    let top = images?.first?["top"] as? [[String: Any]] ?? []
    return top.compactMap { $0["score"] as? Double }
  }

  /// One of several outputs is chosen by its name, and nothing of the others is needed.
  @Test func anOutputIsChosenByName() throws {
    let folder = try TemporaryFolder()
    let model = try folder.write(Self.model(), to: "m.onnx")
    let image = try folder.write(Fixture.image(3), to: "3.pgm")
    let contract = try folder.write(Self.contract, to: "c.json")
    let largest = Double(Fixture.image(3).suffix(784).max() ?? 0) / 255
    func classify(_ output: String...) throws -> Command {
      try Command(
        ["classify", model, image, "--preprocess", contract, "--top", "1", "--json"]
          + output.flatMap { ["--output", $0] })
    }
    // A name of an output that is a meaning as well says both.
    let logits = try Self.scores(classify("logits"))
    #expect(logits.count == 1 && logits[0] < 0.1)
    let chances = try Self.scores(classify("chances"))
    #expect(abs(chances[0] - 1 / (1 + exp(-largest))) < 1e-5)
    let stated = try Self.scores(classify("logits=scores"))
    #expect(abs(stated[0] - largest) < 1e-5)
    let none = try classify()
    #expect(none.status == 1 && none.errors.contains("Erosion"))
    let unknown = try classify("other")
    #expect(unknown.status == 1)
    #expect(unknown.errors.contains("no output 'other'; it has logits, chances, broken"))
    let vector = try classify("logits=vector")
    #expect(vector.status == 1 && vector.errors.contains("no classification"))

    let open = try folder.write(Self.model(isOpen: true), to: "open.onnx")
    let several = try Command(["classify", open, image, "--preprocess", contract])
    #expect(several.status == 1)
    #expect(several.errors.contains("2 outputs (logits [1, 784], chances [1, 784])"))
    #expect(several.errors.contains("--output NAME"))
  }

  /// A stated meaning goes into the file, and is overridden where it is used.
  @Test func aMeaningIsStoredAndOverridden() throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    let out = folder.path("out.swiftlet")
    let converted = try Command(
      ["convert", Fixture.onnx, "-o", out, "--table", fixture.table, "--output", "scores"]
        + Fixture.contract)
    #expect(converted.status == 0, "\(converted.errors)")
    let metadata = try Command(["inspect", out, "--json"]).object()["metadata"] as? [String: Any]
    #expect(metadata?["output"] as? String == "scores")
    func best(_ more: String...) throws -> Double {
      try Self.scores(
        Command(["classify", out, fixture.imagePaths[0], "--top", "1", "--json"] + more))[0]
    }
    let logits = try best()
    #expect(logits > 1)
    #expect(try best("--output", "logits") < 1)
    #expect(try best("--output", "probabilities") == logits)
    let named = try Command(["classify", out, fixture.imagePaths[0], "--output", "logits=x"])
    #expect(named.status == 1 && named.errors.contains("chosen at conversion"))
  }

  /// An open shape comes from the tensor, the preprocessing, or the option, in every command.
  @Test func openShapesAreGiven() throws {
    let folder = try TemporaryFolder()
    let model = try folder.write(Self.model(isOpen: true), to: "open.onnx")
    let image = try folder.write(Fixture.image(3), to: "3.pgm")
    let contract = try folder.write(Self.contract, to: "c.json")
    let tensor = try folder.write(
      NpyFile.float32(Fixture.floats(1), shape: "(1, 28, 28)"), to: "x.npy")
    let output = folder.path("y.npy")
    let run = ["run", model, "--input", tensor, "--output", output, "--output-name", "logits"]
    for command in [
      run, run + ["--input-shape", "1,1,28,28"],
      ["inspect", model, "--input-shape", "1,1,28,28"],
      ["classify", model, image, "--preprocess", contract, "--output", "chances"],
      ["classify", model, image, "--preprocess", contract, "--output", "chances"]
        + ["--input-shape", "1,1,28,28"],
    ] {
      let command = try Command(command)
      #expect(command.status == 0, "\(command.errors)")
    }
    #expect(try NpyFile.values(readBytes(output)) == Fixture.floats(1))
    let wrong = try Command(run + ["--input-shape", "1,3,28,28"])
    #expect(wrong.status == 1 && wrong.errors.contains("does not fit"))
    let none = try Command(["inspect", model])
    #expect(none.status == 1 && none.errors.contains("--input-shape N,C,H,W"))

    let fixture = try Fixture.shared.get()
    for arguments in [
      ["inspect", fixture.int8], ["classify", fixture.int8, image],
      ["run", fixture.int8, "--input", tensor, "--output", output],
    ] {
      let refused = try Command(arguments + ["--input-shape", "1,1,28,28"])
      #expect(refused.status == 1 && refused.errors.contains("fixed at conversion"))
    }
  }
}
