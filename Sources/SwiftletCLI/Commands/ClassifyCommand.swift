import ArgumentParser
import Swiftlet
import SwiftletLive
import SwiftletMeasuring
import SwiftletImaging

/// What is on images.
struct ClassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify", abstract: "Classify images.",
    discussion: "Works on .onnx files (in float) and on .swiftlet files (in int8).")

  @Argument(help: "An .onnx or a .swiftlet file.")
  var model: String

  @Argument(help: "JPEG, PNG, WebP, BMP, PGM or PPM files.")
  var images: [String]

  @Option(help: "Show so many classes.")
  var top = 5

  @OptionGroup var contract: ContractOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard top > 0 else { throw ValidationError("--top must be at least 1") }
  }

  private struct Result: Encodable {
    struct Image: Encodable {
      var path: String
      var top: [Classification]
    }
    var images: [Image] = []
  }

  func run() throws {
    let opened = try ClassifierModel(path: model, contract: contract)
    let classifier = try opened.make(threads.count)
    let reader = ImageReader(turnsUpright: contract.turnsUpright)
    var result = Result()
    for path in images {
      do {
        try classifier.loadImage(at: path, by: reader)
      } catch {
        Console.report("\(error)")
        continue
      }
      let classes = opened.form.top(top, of: try classifier.run())
      result.images.append(.init(path: path, top: classes))
    }
    reader.note.map(Console.report)
    if output.json {
      try JSONOutput.print(result)
    } else {
      show(result)
    }
    if result.images.count < images.count { throw ExitCode.failure }
  }

  private func show(_ result: Result) {
    for (index, image) in result.images.enumerated() {
      if index > 0 { print() }
      print(image.path.escapingControls)
      var table = TextTable(leftColumns: [1])
      for ranked in image.top {
        table.add(NumberText.percent(ranked.score), ranked.label.withoutControls)
      }
      print(table.description)
    }
  }
}
