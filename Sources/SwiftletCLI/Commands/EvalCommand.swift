import ArgumentParser
import Swiftlet
import SwiftletKernels
import SwiftletLive
import SwiftletMeasuring
import SwiftletImaging

/// Top-1 and top-5 on labelled images.
struct EvalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Measure a model's accuracy on labelled images.",
    discussion: "Works on .onnx files (in float) and on .swiftlet files (in int8).")

  @Argument(help: "An .onnx or a .swiftlet file.")
  var model: String

  @Option(help: ArgumentHelp("A folder of images, DIR/<label>/*.", valueName: "dir"))
  var images: String

  @Option(help: "Use so many images, evenly spaced in the order of their paths.")
  var limit: Int?

  @OptionGroup var contract: ContractOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard limit ?? 1 > 0 else { throw ValidationError("--limit must be at least 1") }
  }

  private struct Result: Encodable {
    var model: String
    var top1: Double
    var top5: Double
    var images: Int
    var skipped: Int
    var threads: Int
    var seconds: Double
  }

  /// What became of one image: how many classes came before its own, or why it could not be used.
  private enum Outcome {
    case rank(Int)
    case skipped(String)
  }

  func run() throws {
    let opened = try ClassifierModel(path: model, contract: contract)
    guard !opened.form.labels.isEmpty else {
      throw CommandError("\(model): the model has no labels; give --labels FILE")
    }
    guard opened.form.labels.count > 1 else {
      throw CommandError(
        "\(model): the model has one output; there is no top-1 of it, 'classify' gives its score")
    }
    let folder = try LabelledImages(
      folder: images, labels: opened.form.labels, note: Console.report)
    let chosen = ImageChoice.evenlySpaced(folder.images, limit: limit)
    let start = monotonicNanoseconds()
    let reader = ImageReader(turnsUpright: contract.turnsUpright)
    let progress = output.progress("Evaluating", chosen.count)
    let outcomes = try Parallel.map(count: chosen.count, threads: threads.count) {
      try opened.make(1)
    } work: { classifier, index -> Outcome in
      defer { progress.advance() }
      do {
        try classifier.loadImage(at: chosen[index].path, by: reader)
      } catch {
        return .skipped("\(error)")
      }
      return .rank(Self.rank(of: chosen[index].class, in: try classifier.run()))
    }
    progress.finish()
    reader.note.map(Console.report)
    try report(outcomes, leftOut: folder.skipped, start: start)
  }

  private func report(_ outcomes: [Outcome], leftOut: Int, start: UInt64) throws {
    var ranks: [Int] = []
    for outcome in outcomes {
      switch outcome {
      case .rank(let rank): ranks.append(rank)
      case .skipped(let reason): Console.report("skipped: \(reason)")
      }
    }
    guard !ranks.isEmpty else { throw CommandError("\(images): none of its images can be used") }
    let result = Result(
      model: model, top1: share(of: ranks, below: 1), top5: share(of: ranks, below: 5),
      images: ranks.count, skipped: outcomes.count - ranks.count + leftOut, threads: threads.count,
      seconds: Double(monotonicNanoseconds() - start) / 1e9)
    guard !output.json else { return try JSONOutput.print(result) }
    var table = TextTable(leftColumns: [0, 1])
    table.add("top-1", NumberText.percent(result.top1))
    table.add("top-5", NumberText.percent(result.top5))
    table.add("images", "\(result.images), \(result.skipped) skipped")
    table.add(
      "time", "\(NumberText.fixed(result.seconds, 2)) s on \(result.threads) threads")
    print(table)
  }

  private func share(of ranks: [Int], below limit: Int) -> Double {
    Double(ranks.count { $0 < limit }) / Double(ranks.count)
  }

  /// How many classes have a larger logit, or an equal one and a lower index.
  private static func rank(of truth: Int, in logits: [Float]) -> Int {
    logits.indices.count {
      logits[$0] > logits[truth] || (logits[$0] == logits[truth] && $0 < truth)
    }
  }
}
