import SwiftletProgram
import Testing

/// Every value of the program's JSON replaced by what a hostile or careless writer could put there.
struct ProgramMutationTests {
  let sample = SampleProgram()
  let text: JSONText

  init() throws {
    text = try JSONText(json(sample.program))
  }

  private func refusal(_ program: String) throws -> String? {
    try ProgramTests.refusal(of: sample.unchecked(program: program))
  }

  private func values(_ kinds: JSONText.Kind...) -> [JSONText.Value] {
    text.values.filter { kinds.contains($0.kind) }
  }

  /// Real numbers; all other numbers of a program are integers.
  private func isReal(_ value: JSONText.Value) -> Bool {
    value.path.last == "scale" || value.path.contains("std") || isMean(value)
  }

  private func isMean(_ value: JSONText.Value) -> Bool {
    value.path.contains("preprocessing") && value.path.contains("mean")
  }

  @Test func theUnchangedProgramIsAccepted() throws {
    #expect(try refusal(String(decoding: text.text, as: UTF8.self)) == nil)
    #expect(values(.number).count > 250)
  }

  @Test func everyNumberHasBounds() throws {
    let others = [
      "\(Int.max)", "\(Int.min)", "\(Int32.max)", "\(Int32.min)", "\(UInt64.max)", "1e300", "0.5",
    ]
    // Only these ranges hold the largest 32-bit number.
    let wide = ["epsilon", "mantissa", "outputMantissa"]
    for value in values(.number) where !isReal(value) {
      for other in others {
        let isAllowed = value.path.last.map(wide.contains) == true && other == "\(Int32.max)"
        let isRefused = try refusal(text.replacing(value, by: other)) != nil
        if isRefused == isAllowed { Issue.record("\(value.path) = \(other)") }
      }
    }
  }

  @Test func everyRealNumberIsChecked() throws {
    for value in values(.number) where isReal(value) {
      for other in ["0", "-1", "1e300", "1e999", "NaN"] {
        let isAllowed = isMean(value) && ["0", "-1"].contains(other)
        let isRefused = try refusal(text.replacing(value, by: other)) != nil
        if isRefused == isAllowed { Issue.record("\(value.path) = \(other)") }
      }
    }
  }

  @Test("a size that is off by one is refused", arguments: [-1, 1])
  func offByOne(difference: Int) throws {
    let sizes = [
      "rows", "channels", "inputHeight", "inputWidth", "outputHeight", "outputWidth", "groups",
      "queryTokens", "run", "height", "width", "version",
    ]
    for value in values(.number) where value.path.last.map(sizes.contains) == true {
      let number = try #require(Int(String(decoding: text.text[value.range], as: UTF8.self)))
      if try refusal(text.replacing(value, by: "\(number + difference)")) == nil {
        Issue.record("\(value.path) = \(number + difference)")
      }
    }
  }

  @Test func everyValueOfAnotherTypeIsRefused() throws {
    // Without these a program can still be a program.
    let optional = [
      "constant", "padding", "residual", "table", "sources", "bias",
      "preprocessing", "window",
    ]
    for value in text.values {
      let last = value.path.last ?? ""
      for other in ["\"text\"", "[]", "{}", "null", "true", ""] {
        if value.kind == .boolean, other == "true" { continue }
        if last == "name", other == "\"text\"" { continue }
        if last == "epilogue", other == "{}" { continue }
        if last == "rows", value.kind == .string, other == "null" { continue }
        if optional.contains(last), other == "null" { continue }
        guard let message = try refusal(text.replacing(value, by: other)) else {
          Issue.record("\(value.path) = \(other)")
          continue
        }
        if message.contains("\n") { Issue.record("\(message)") }
      }
    }
  }

  @Test func everyMissingKeyIsRefused() throws {
    let optional = ["constant", "residual", "table", "preprocessing"]
    for object in values(.object) {
      for key in object.keys where !optional.contains(key) {
        if key == "rows", object.keys.contains("offset") { continue }
        if object.path.contains("attention"), key == "bias", !object.path.contains("logits") {
          continue
        }
        if try refusal(try #require(text.removing(key, of: object))) == nil {
          Issue.record("\(object.path) without \(key)")
        }
      }
    }
  }

  @Test(
    "deep, long and broken JSON",
    arguments: [
      String(repeating: "[", count: 200_000), String(repeating: "{\"a\":", count: 100_000),
      "{\"version\":2,\"input\":" + String(repeating: "[", count: 1000)
        + String(repeating: "]", count: 1000) + "}",
      "{\"version\":" + String(repeating: "9", count: 100_000) + "}", "{\"version\":1e999999999}",
      "",
      "null", "1", "{}", "\u{feff}{}", "{\"version\":2}",
    ])
  func brokenJSON(text: String) throws {
    #expect(try refusal(text) != nil)
  }
}
