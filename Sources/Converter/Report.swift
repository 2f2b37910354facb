import FoundationEssentials
package import Swiftlet
package import SwiftletGraph
package import SwiftletKernels
import SwiftletProgram

/// What quantization did to each tensor, measured by running the float model and the int8 program on the same inputs.
package struct ConversionReport: Sendable, Equatable, Codable {
  package var samples: Int
  package var method: String
  package var instructions: Int
  package var int16Tensors: [String]
  /// Output channels without a non-zero weight, by layer.
  package var deadChannels: [String: [Int]]
  package var logitsSQNR: Double?
  /// With `--max-drop`.
  package var maximumDrop: PromotionReport?
  package var tensors: [TensorError]

  private enum CodingKeys: String, CodingKey {
    case method, instructions, tensors
    case samples = "measured_inputs"
    case int16Tensors = "int16_tensors"
    case deadChannels = "dead_channels"
    case logitsSQNR = "logits_sqnr_db"
    case maximumDrop = "max_drop"
  }

  /// Runs both models on the given inputs of the float model; with none, nothing is measured. `progress` is called after
  /// each.
  package static func make(
    of quantized: QuantizedModel, model: Model, conversion: Conversion, method: String,
    inputs: [Tensor], kernels: KernelSet, threads: Int,
    progress: () -> Void = {}
  ) throws -> ConversionReport {
    let program = quantized.program
    var report = ConversionReport(
      samples: inputs.count, method: method, instructions: program.instructions.count,
      int16Tensors: program.tensors.filter { $0.type == .int16 && $0.constant == nil }.map(\.name),
      deadChannels: quantized.deadChannels, logitsSQNR: nil, tensors: [])
    guard !inputs.isEmpty else { return report }

    var measurement = try ErrorMeasurement(
      of: model, against: conversion, kernels: kernels, threads: threads)
    for input in inputs {
      try measurement.add(input)
      progress()
    }
    report.tensors = measurement.tensors
    report.logitsSQNR = measurement.logitsSQNR
    return report
  }

  package func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
  }
}
