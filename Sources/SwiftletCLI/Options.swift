import ArgumentParser
import Swiftlet

/// How results are printed.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print one JSON object instead of text.")
  var json = false
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

/// What an .onnx file does not say, or says otherwise.
struct ContractOptions: ParsableArguments {
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
}

/// A shape as N,C,H,W.
struct ShapeArgument: ExpressibleByArgument {
  let extents: [Int]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    extents = parts.compactMap { Int($0) }.filter { $0 > 0 }
    guard extents.count == parts.count else { return nil }
  }
}
