import ArgumentParser
import Swiftlet
import SwiftletConverter
import SwiftletGraph
import SwiftletImaging
import SwiftletKernels
import SwiftletLive
import SwiftletMeasuring
import SwiftletProgram

/// A float model and the int8 program that was made from it.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare an ONNX model with the .swiftlet file made from it.",
    discussion: """
      Both classify the same images: how often they agree and, where the folders are named by labels, the top-1 of \
      both with the interval of their difference. On some of the images every tensor of the program is compared with \
      the float model's: 'all' is the error of everything up to there, 'alone' that of one instruction whose operands \
      are the float model's values, 'rounded' that of the tensor's own type and scale.
      """)

  @Argument(help: "An .onnx file.")
  var model: String

  @Argument(help: "The .swiftlet file that was made from it.")
  var program: String

  @Option(help: ArgumentHelp("A folder of images, DIR/<label>/* or any.", valueName: "dir"))
  var images: String

  @Option(help: "Use so many images, evenly spaced in the order of their paths.")
  var limit: Int?

  @Option(help: "Compare tensors on so many of these images, evenly spaced; 0 for none.")
  var samples = 16

  @OptionGroup var contract: ContractOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard limit ?? 1 > 0 else { throw ValidationError("--limit must be at least 1") }
    guard samples >= 0 else { throw ValidationError("--samples must be at least 0") }
  }

  /// The two models, opened.
  private struct Pair {
    let float: FloatModel
    let int8: Model
    let preprocessing: Preprocessing
    let labels: [String]
  }

  /// What became of one image.
  private enum Outcome {
    case logits(float: [Float], int8: [Float])
    case skipped(String)
  }

  func run() throws {
    let start = monotonicNanoseconds()
    let pair = try open()
    let (all, leftOut) = try listImages(labels: pair.labels)
    let chosen = ImageChoice.evenlySpaced(all, limit: limit)
    let sampled = ImageChoice.evenlySpaced(Array(chosen.indices), limit: samples)
    let progress = output.progress("Comparing", chosen.count + sampled.count)
    defer { progress.finish() }
    let reader = ImageReader(turnsUpright: contract.turnsUpright)
    let outcomes = try classify(chosen.map(\.path), pair, reader, progress)
    progress.finish()
    reader.note.map(Console.report)
    var tally = CompareTally()
    var skipped = leftOut
    for (image, outcome) in zip(chosen, outcomes) {
      switch outcome {
      case .logits(let float, let int8): tally.add(float: float, int8: int8, truth: image.class)
      case .skipped(let reason):
        skipped += 1
        Console.report("skipped: \(reason)")
      }
    }
    guard tally.images > 0 else {
      throw CommandError("\(images): none of its images can be used")
    }
    let usable = sampled.filter { if case .logits = outcomes[$0] { true } else { false } }
    let tensors =
      usable.isEmpty
      ? [] : try compareTensors(usable.map { chosen[$0].path }, pair, reader, progress)
    progress.finish()
    let result = CompareResult(
      float: model, int8: program, tally: tally,
      isLabelled: chosen.contains { $0.class != nil }, skipped: skipped, samples: usable.count,
      tensors: tensors, threads: threads.count,
      seconds: Double(monotonicNanoseconds() - start) / 1e9)
    guard !output.json else { return try JSONOutput.print(result) }
    print(result.text)
  }

  private func open() throws -> Pair {
    guard try ModelFormat(of: program) == .swiftlet else {
      throw CommandError(
        "\(program): this is an ONNX model; the .swiftlet file made from \(model) is expected")
    }
    let int8 = try Model(contentsOf: program)
    let float = try FloatModel(
      path: model, inputShape: contract.shape.inputShape?.extents ?? [1] + int8.input.shape,
      output: contract.outputChoice)
    guard let source = int8.metadata["source_sha256"] else {
      throw CommandError(
        "\(program): does not say what it was made from; convert \(model) again")
    }
    let own = try float.sha256()
    guard own == source else {
      throw CommandError(
        "\(program): was made from another model than \(model) (SHA-256 \(source.prefix(12))..., not \(own.prefix(12))...); give that one, or convert this one"
      )
    }
    return Pair(
      float: float, int8: int8, preprocessing: try preprocessing(float, int8),
      labels: try labels(float, int8))
  }

  /// The program's own, which is what it was made for; else as for the float model alone.
  private func preprocessing(_ float: FloatModel, _ int8: Model) throws -> Preprocessing {
    guard let own = int8.input.preprocessing else {
      return try float.requiredPreprocessing(of: contract.preprocessPath)
    }
    if let path = contract.preprocessPath, try float.preprocessing(of: path) != own {
      throw CommandError(
        "\(path): \(program) was converted with another preprocessing; leave --preprocess out, or convert it again"
      )
    }
    return own
  }

  private func labels(_ float: FloatModel, _ int8: Model) throws -> [String] {
    guard contract.labelsPath == nil, !int8.labels.isEmpty else {
      return try float.labels(of: contract.labelsPath)
    }
    return int8.labels
  }

  /// All images with their classes, where folders name any, and how many were left out.
  private func listImages(
    labels: [String]
  ) throws -> (images: [(path: String, class: Int?)], skipped: Int) {
    if try LabelledImages.areIn(images, labels: labels) {
      let labelled = try LabelledImages(folder: images, labels: labels, note: Console.report)
      return (labelled.images.map { ($0.path, $0.class) }, labelled.skipped)
    }
    let listing = try ImageChoice.listing(
      images, extensions: FileTree.imageExtensions, note: Console.report)
    return (listing.files.map { ("\(images)/\($0)", nil) }, listing.leftOutCount)
  }

  private func classify(
    _ paths: [String], _ pair: Pair, _ reader: ImageReader, _ progress: any Progress
  ) throws -> [Outcome] {
    let float = try ClassifierModel(
      pair.float, preprocessing: pair.preprocessing, labels: pair.labels)
    return try Parallel.map(count: paths.count, threads: threads.count) {
      (
        try float.make(1),
        try pair.int8.classifier(preprocessing: pair.preprocessing, threads: 1)
      )
    } work: { classifiers, index -> Outcome in
      defer { progress.advance() }
      let (float, int8) = classifiers
      do {
        let image = try reader.image(at: paths[index])
        try float.load(image)
        try int8.load(image)
      } catch {
        return .skipped("\(error)")
      }
      return .logits(float: try float.run(), int8: try int8.run())
    }
  }

  private func compareTensors(
    _ paths: [String], _ pair: Pair, _ reader: ImageReader, _ progress: any Progress
  ) throws -> [TensorError] {
    let conversion = try Conversion(
      graph: pair.float.graph, preprocessing: pair.int8.input.preprocessing)
    let transform = try PreparedTransform(pair.preprocessing)
    var measurement: ErrorMeasurement
    do {
      measurement = try ErrorMeasurement(
        of: pair.int8, against: conversion, kernels: .selected(), threads: threads.count)
    } catch let error as ConversionError {
      throw CommandError("\(program): \(error)")
    }
    for path in paths {
      let floats = try transform.floats(of: reader.image(at: path))
      try measurement.add(Tensor(shape: pair.float.inputShape, floats))
      progress.advance()
    }
    return measurement.tensors
  }
}
