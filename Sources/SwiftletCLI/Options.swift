import ArgumentParser
import Swiftlet
import SwiftletMeasuring
import SwiftletProgram

/// How results are printed.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print one JSON object instead of text.")
  var json = false

  /// Shows work; never beside JSON.
  func progress(_ title: String, _ total: Int) -> any Progress {
    ProgressBar(title, total: total, isShown: !json)
  }
}

/// How many threads work.
struct ThreadOptions: ParsableArguments {
  @Option(
    name: .customLong("threads"),
    help: "Threads, 1 to 256 (default: one for each performance core).")
  private var requested: Int?

  var count: Int { requested ?? Session.defaultThreads }

  func validate() throws {
    guard (1...Session.maximumThreads).contains(count) else {
      throw ValidationError("--threads \(count): 1 to \(Session.maximumThreads) are possible")
    }
  }
}

/// What an .onnx file leaves open.
struct ShapeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The input's shape, where an .onnx file leaves it open.", valueName: "n,c,h,w"))
  var inputShape: ShapeArgument?

  /// Fails where a shape is given for a file that has one.
  func refuse(for path: String) throws {
    guard inputShape == nil else {
      throw CommandError(
        "\(path): the input's shape was fixed at conversion; leave --input-shape out")
    }
  }
}

/// What an .onnx file does not say, or says otherwise.
struct ContractOptions: ParsableArguments {
  @OptionGroup var shape: ShapeOptions

  @Option(
    name: .customLong("preprocess"),
    help: ArgumentHelp(
      "How images are made ready: timm's config.json, Hugging Face's preprocessor_config.json, or JSON with timm's keys (default: the model's own).",
      valueName: "file"))
  var preprocessPath: String?

  @Option(
    name: .customLong("labels"),
    help: ArgumentHelp("The classes, one a line (default: the model's own).", valueName: "file"))
  var labelsPath: String?

  @Flag(
    name: .customLong("upright"),
    help: "Turn image files as their EXIF orientation says (default: as they are stored).")
  var turnsUpright = false

  @Option(
    name: .customLong("output"),
    help: ArgumentHelp(
      "Which output of an .onnx file, by its name, or what the outputs are: \(OutputChoice.meanings) (default: found from the model); NAME=MEANING says both.",
      valueName: "name|meaning"))
  var outputChoice: OutputChoice?
}

extension OutputChoice: ExpressibleByArgument {}

/// A shape as N,C,H,W.
struct ShapeArgument: ExpressibleByArgument {
  let extents: [Int]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    extents = parts.compactMap { Int($0) }.filter { $0 > 0 }
    guard extents.count == parts.count else { return nil }
  }
}
