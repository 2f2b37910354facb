import FoundationEssentials
package import Swiftlet
import SwiftletGraph
package import SwiftletKernels
import SwiftletProgram

/// What quantization did to each tensor, measured by running the float model and the int8 program on the same inputs.
package struct ConversionReport: Sendable, Equatable, Codable {
  /// Inputs that were measured.
  package var samples: Int
  /// Whether the ranges were found on other inputs.
  package var isHeldOut: Bool
  package var method: String
  package var instructions: Int
  package var int16Tensors: [String]
  /// Output channels without a non-zero weight, by layer.
  package var deadChannels: [String: [Int]]
  /// Of the logits, with what they are on average over the inputs taken out of the signal.
  package var logitsSQNR: Double?
  /// What a user should know before using the program.
  package var warnings: [String]
  /// With `--max-drop`.
  package var maximumDrop: PromotionReport?
  package var tensors: [TensorError]

  private enum CodingKeys: String, CodingKey {
    case method, instructions, warnings, tensors
    case samples = "measured_inputs"
    case isHeldOut = "held_out"
    case int16Tensors = "int16_tensors"
    case deadChannels = "dead_channels"
    case logitsSQNR = "logits_sqnr_db"
    case maximumDrop = "max_drop"
  }

  /// Runs both models on the given inputs of the float model; without, nothing is measured. `isHeldOut` says that the
  /// ranges were found on others. `progress` is called after each.
  package static func make(
    of quantized: QuantizedModel, model: Model, conversion: Conversion, method: String,
    inputs: CalibrationSet?, isHeldOut: Bool, kernels: KernelSet, threads: Int,
    progress: () -> Void = {}
  ) throws -> ConversionReport {
    let program = quantized.program
    var report = ConversionReport(
      samples: inputs?.count ?? 0, isHeldOut: isHeldOut, method: method,
      instructions: program.instructions.count,
      int16Tensors: program.tensors.filter { $0.type == .int16 && $0.constant == nil }.map(\.title),
      deadChannels: quantized.deadChannels, logitsSQNR: nil, warnings: [], tensors: [])
    guard let inputs else { return report }

    var measurement = try ErrorMeasurement(
      of: model, against: conversion, kernels: kernels, threads: threads)
    for index in 0..<inputs.count {
      try measurement.add(inputs.tensor(index))
      progress()
    }
    report.tensors = measurement.tensors
    report.logitsSQNR = measurement.logits.decibels
    if let warning = report.quality(varies: measurement.logits.varies) {
      report.warnings.append(warning)
    }
    return report
  }

  /// Decibels below which a user is warned: a good conversion has 25 or more.
  private static let poorQuality = 20.0
  /// So many tensors are named.
  private static let worstTensors = 3

  /// What is wrong with the logits.
  private func quality(varies: Bool) -> String? {
    guard samples > 1 else { return nil }
    guard varies else {
      return
        "the float model gives all of the \(samples) measured inputs the same logits: what quantization costs is not known"
    }
    guard let logitsSQNR, logitsSQNR < Self.poorQuality else { return nil }
    let worst = tensors.compactMap { tensor in tensor.localSQNR.map { ($0, tensor.name) } }
      .sorted { $0 < $1 }.prefix(Self.worstTensors)
      .map { "\($1) (\(Int($0.rounded())) dB)" }.joined(separator: ", ")
    return
      "what tells the inputs' logits apart is only \(Int(logitsSQNR.rounded(.down))) dB above the quantization error; most is lost in \(worst)"
  }

  package func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
  }
}
