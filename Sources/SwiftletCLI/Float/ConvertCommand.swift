import ArgumentParser
import Swiftlet
import SwiftletImaging
import SwiftletConverter
import SwiftletKernels
import SwiftletLive
import SwiftletMeasuring
import SwiftletProgram

/// ONNX to int8.
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Calibrate an ONNX model and convert it to int8.",
    discussion: """
      Calibration takes unlabelled images like those that the model will see: a folder of any depth, a file that \
      lists them, or a folder of .npy tensors as the model takes them. How images are made ready is said by \
      --preprocess or by the model's metadata.
      """)

  @Argument(help: "An .onnx file.")
  var model: String

  @Option(
    name: .customShort("o"),
    help: ArgumentHelp("The .swiftlet file to write.", valueName: "out.swiftlet"))
  var outputPath: String

  @Option(help: ArgumentHelp("What to calibrate on.", valueName: "dir|list"))
  var calibration: String?

  @Option(help: "Use so many images, evenly spaced in the order of their paths.")
  var samples = 128

  @Option(help: "How ranges are chosen: mse, minmax or percentile.")
  var method: CalibrationMethod = .mse

  @Option(help: ArgumentHelp("A table that --save-table wrote.", valueName: "file"))
  var table: String?

  @Option(help: ArgumentHelp("Write the ranges that were found.", valueName: "file"))
  var saveTable: String?

  @Option(
    help: ArgumentHelp(
      "Promote tensors to int16 until top-1 is within this share (0 to 1) of the float model's.",
      valueName: "x"))
  var maxDrop: Double?

  @Option(
    help: ArgumentHelp(
      "The labelled images, DIR/<label>/*, that --max-drop measures top-1 on.", valueName: "dir"))
  var images: String?

  @Option(help: ArgumentHelp("The report (default: OUT.report.json).", valueName: "file"))
  var report: String?

  @OptionGroup var contract: ContractOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  private var reportPath: String { report ?? "\(outputPath).report.json" }

  func validate() throws {
    guard samples > 0 else { throw ValidationError("--samples must be at least 1") }
    guard table == nil || saveTable == nil else {
      throw ValidationError("--table and --save-table exclude each other")
    }
    guard table != nil || calibration != nil else {
      throw ValidationError("give --calibration DIR, or --table FILE of an earlier conversion")
    }
    guard (maxDrop == nil) == (images == nil) else {
      throw ValidationError("--max-drop X and --images DIR belong together")
    }
    if let maxDrop {
      guard (0...1).contains(maxDrop) else { throw ValidationError("--max-drop must be 0 to 1") }
      guard calibration != nil else {
        throw ValidationError("--max-drop scans on calibration images; give --calibration DIR")
      }
    }
  }

  func run() throws {
    let start = monotonicNanoseconds()
    let given = [model, table, contract.preprocessPath, contract.labelsPath, calibration]
    try checkOutputs(over: given.compactMap { $0 })
    let source = try FloatModel(
      path: model, inputShape: contract.shape.inputShape?.extents, output: contract.outputChoice,
      preprocessingPath: contract.preprocessPath)
    try checkOutputs(over: source.files)
    let labels = try source.labels(of: contract.labelsPath)
    let preprocessing = try source.preprocessing(of: contract.preprocessPath)
    let meaning = source.meaning(hasLabels: !labels.isEmpty)
    let conversion = try Conversion(graph: source.graph, preprocessing: preprocessing)
    let inputs = try calibration.map {
      try CalibrationInputs(
        path: $0, limit: samples, model: source, preprocessing: preprocessing,
        turnsUpright: contract.turnsUpright, threads: threads.count, note: Console.report,
        progress: output.progress)
    }
    try checkOutputs(over: inputs?.paths ?? [])
    let calibrationStart = monotonicNanoseconds()
    let ranges = try table.map(readTable) ?? calibrate(conversion, on: inputs)
    let calibrationSeconds = Double(monotonicNanoseconds() - calibrationStart) / 1e9
    let (quantized, promotions) = try quantize(
      conversion, ranges: ranges, source: source, labels: labels, inputs: inputs)
    let file = try ModelFileWriter.encode(
      program: quantized.program, data: quantized.data, labels: labels,
      metadata: [
        "source_sha256": try source.sha256(),
        "calibration_sha256": ranges.calibrationSHA256,
        "output": meaning.rawValue,
        "converter": "swiftlet \(SwiftletCommand.version)",
      ])
    let converted = try Model(bytes: file)
    let progress = output.progress("Measuring", inputs?.measured.count ?? 0)
    var measured = try ConversionReport.make(
      of: quantized, model: converted, conversion: conversion, method: ranges.method,
      inputs: inputs?.measured, isHeldOut: inputs?.isHeldOut ?? false, kernels: .selected(),
      threads: threads.count, progress: progress.advance)
    progress.finish()

    measured.warnings = (inputs?.warnings ?? []) + ranges.warnings + measured.warnings
    measured.maximumDrop = promotions
    var files = [(bytes: file, path: outputPath), (bytes: try measured.json(), path: reportPath)]
    if let saveTable { files.append((bytes: try ranges.json(), path: saveTable)) }
    try FileAccess.writeAll(files)
    warn(of: measured, conversion)
    let seconds = Double(monotonicNanoseconds() - start) / 1e9
    try show(
      ConversionSummary(
        source: source, meaning: meaning, model: converted, report: measured, output: outputPath,
        reportPath: reportPath, samples: inputs?.set.count ?? 0, skipped: inputs?.skipped ?? 0,
        calibrationSeconds: calibrationSeconds, seconds: seconds))
  }

  /// The program: as it comes, or with what `maxDrop` needs as int16.
  private func quantize(
    _ conversion: Conversion, ranges: CalibrationTable, source: FloatModel, labels: [String],
    inputs: CalibrationInputs?
  ) throws -> (QuantizedModel, PromotionReport?) {
    guard let maxDrop, let images, let inputs else {
      return (try conversion.quantize(with: ranges), nil)
    }
    guard let preprocessing = conversion.preprocessing else {
      throw CommandError(
        "\(model): --max-drop measures on images, but nothing says how they are made ready for this model; give --preprocess FILE"
      )
    }
    guard !labels.isEmpty else {
      throw CommandError("\(model): the model has no labels; --max-drop needs --labels FILE")
    }
    let accuracy = TopOne(
      images: try LabelledImages(folder: images, labels: labels, note: Console.report).images,
      folder: images,
      preprocessing: preprocessing,
      reader: ImageReader(turnsUpright: contract.turnsUpright), threads: threads.count,
      note: Console.report, progress: output.progress)
    let scan = try SensitivityScan(
      conversion, table: ranges, inputs: inputs.tensors(limit: Self.scannedInputs),
      kernels: .selected())
    let search = PromotionSearch(
      maximumDrop: maxDrop, floatTop1: try accuracy.share(of: source), top1: accuracy.share)
    do {
      let (quantized, report) = try search.run(scan) {
        let candidates = Promotion.candidates(of: conversion.plan)
        let progress = output.progress("Scanning", candidates.count)
        defer { progress.finish() }
        return try scan.ranked(candidates, threads: threads.count) { progress.advance() }
      }
      return (quantized, report)
    } catch let error as ConversionError {
      throw ConversionError(error.problems.map { "\(model): \($0)" })
    }
  }

  /// So many inputs are enough to rank tensors.
  private static let scannedInputs = 16

  /// Says what a user should know before using the program.
  private func warn(of report: ConversionReport, _ conversion: Conversion) {
    if conversion.dropsSoftmax {
      Console.report(
        "note: \(model): the final softmax is left out; the program's output is logits")
    }
    for warning in report.warnings { Console.report("warning: \(warning)") }
  }

  /// Checks that the outputs can be written, and are neither these inputs nor one another.
  private func checkOutputs(over inputs: [String]) throws {
    let outputs = [outputPath, reportPath] + (saveTable.map { [$0] } ?? [])
    for (index, path) in outputs.enumerated() {
      try FileAccess.checkWritable(path)
      if let other = (inputs + outputs[..<index]).first(where: { FileAccess.isSame(path, $0) }) {
        throw CommandError(
          "cannot write \(path): it is another file of this conversion, \(other); name a new one")
      }
    }
  }

  private func readTable(_ path: String) throws -> CalibrationTable {
    try CalibrationTable(json: FileAccess.read(path), path: path)
  }

  private func calibrate(
    _ conversion: Conversion, on inputs: CalibrationInputs?
  ) throws -> CalibrationTable {
    guard let inputs else { throw CommandError("\(model): nothing to calibrate on") }
    let progress = output.progress("Calibrating", inputs.set.count)
    defer { progress.finish() }
    return try conversion.calibrate(
      on: inputs.set, method: method, calibrationSHA256: inputs.sha256, threads: threads.count
    ) { _ in progress.advance() }
  }

  private func show(_ summary: ConversionSummary) throws {
    guard !output.json else { return try JSONOutput.print(summary) }
    print(summary.text)
  }
}

extension CalibrationMethod: ExpressibleByArgument {}
