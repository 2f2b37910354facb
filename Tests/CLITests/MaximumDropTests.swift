import Foundation
import Testing

@Suite struct MaximumDropTests {
  private func convert(_ model: OutlierModel, drop: String) throws -> Command {
    try Command(
      ["convert", model.onnx, "-o", model.folder.path("out.swiftlet"), "--json"]
        + ["--calibration", model.images, "--max-drop", drop, "--images", model.images]
        + Fixture.contract)
  }

  private func top1(_ model: OutlierModel, _ path: String) throws -> Double? {
    let contract = path.hasSuffix(".onnx") ? Fixture.contract : []
    return try Command(["eval", path, "--images", model.images, "--json"] + contract)
      .object()["top1"] as? Double
  }

  @Test func promotesUntilTheDropHolds() throws {
    let model = try OutlierModel(gated: false)
    #expect(try top1(model, model.onnx) == 1)
    let result = try convert(model, drop: "0.01").object()
    let drop = try #require(result["max_drop"] as? [String: Any])
    #expect(drop["float_top1"] as? Double == 1)
    #expect(try #require(drop["int8_top1"] as? Double) < 0.5)
    #expect(drop["top1"] as? Double == 1)
    #expect(try top1(model, model.folder.path("out.swiftlet")) == 1)

    let report = try JSONSerialization.jsonObject(
      with: Data(readBytes(model.folder.path("out.swiftlet.report.json"))))
    let said = (report as? [String: Any])?["max_drop"] as? [String: Any]
    let promotions = try #require(said?["promotions"] as? [[String: Any]])
    #expect(promotions.count == 2)
    for promotion in promotions {
      #expect(Set(promotion.keys).isSuperset(of: ["tensor", "macs", "bytes"]), "\(promotion)")
    }
  }

  @Test func changesNothingWhereInt8Holds() throws {
    let model = try OutlierModel(gated: false)
    let drop = try convert(model, drop: "1").object()["max_drop"] as? [String: Any]
    #expect((drop?["promotions"] as? [Any])?.isEmpty == true)
    let plain = model.folder.path("plain.swiftlet")
    let command = try Command(
      ["convert", model.onnx, "-o", plain, "--calibration", model.images] + Fixture.contract)
    #expect(command.status == 0, "\(command.errors)")
    #expect(try readBytes(plain) == readBytes(model.folder.path("out.swiftlet")))
  }

  @Test func whatCannotHoldWritesNothing() throws {
    let model = try OutlierModel(gated: true)
    let command = try convert(model, drop: "0.01")
    #expect(command.status == 1)
    #expect(command.errorLines.count == 1, "\(command.errors)")
    #expect(command.errors.contains("by more than --max-drop 0.01 allows"), "\(command.errors)")
    #expect(try !model.folder.listing().contains { $0.hasPrefix("out") })
  }

  @Test(arguments: [
    ["--max-drop", "0.1"], ["--images", "x"], ["--max-drop", "1.5", "--images", "x"],
    ["--max-drop", "-0.1", "--images", "x"], ["--max-drop", "nan", "--images", "x"],
  ])
  func badUsage(arguments: [String]) throws {
    let command = try Command(
      ["convert", Fixture.onnx, "-o", "/nowhere/out", "--calibration", "x"] + arguments)
    #expect(command.status == 64, "\(command.errors)")
  }
}
