import FoundationEssentials
package import Swiftlet
package import SwiftletGraph
package import SwiftletKernels
import SwiftletProgram

/// What quantization did to each tensor, measured by running the float model and the int8 program on the same inputs.
package struct ConversionReport: Sendable, Equatable, Codable {
  /// One tensor of the program. Ratios are in decibels; nil where there is no error to measure.
  package struct TensorReport: Sendable, Equatable, Codable {
    package var name: String
    package var type: String
    package var scale: Float
    package var zeroPoint: Int
    /// The float values rounded to this tensor's integers: what its own quantization costs.
    package var localSQNR: Double?
    /// The integers that the program computed: what everything up to here costs.
    package var cumulativeSQNR: Double?
    /// The share of values outside the tensor's range.
    package var clippedShare: Double
    /// Channels whose largest value is more than eight times the median channel's.
    package var outlierChannels: [Int]
    /// Channels that are zero on every input.
    package var silentChannels: [Int]

    private enum CodingKeys: String, CodingKey {
      case name, type, scale
      case zeroPoint = "zero_point"
      case localSQNR = "sqnr_local_db"
      case cumulativeSQNR = "sqnr_db"
      case clippedShare = "clipped_share"
      case outlierChannels = "outlier_channels"
      case silentChannels = "silent_channels"
    }
  }

  package var samples: Int
  package var method: String
  package var instructions: Int
  package var int16Tensors: [String]
  /// Output channels without a non-zero weight, by layer.
  package var deadChannels: [String: [Int]]
  package var logitsSQNR: Double?
  package var tensors: [TensorReport]

  private enum CodingKeys: String, CodingKey {
    case method, instructions, tensors
    case samples = "measured_inputs"
    case int16Tensors = "int16_tensors"
    case deadChannels = "dead_channels"
    case logitsSQNR = "logits_sqnr_db"
  }

  /// Runs both models on the given inputs of the float model; with none, nothing is measured.
  package static func make(
    of quantized: QuantizedModel, model: Model, conversion: Conversion, method: String,
    inputs: [Tensor], kernels: KernelSet
  ) throws -> ConversionReport {
    let program = quantized.program
    var report = ConversionReport(
      samples: inputs.count, method: method, instructions: program.instructions.count,
      int16Tensors: program.tensors.filter { $0.type == .int16 && $0.constant == nil }.map(\.name),
      deadChannels: quantized.deadChannels, logitsSQNR: nil, tensors: [])
    guard !inputs.isEmpty else { return report }

    var measures = quantized.sources.map { source in
      Measure(
        quantization: source.quantization,
        channels: conversion.plan.tensors[source.planTensor].channels)
    }
    var observed: [Graph.ValueID: [TensorID]] = [:]
    for (index, source) in quantized.sources.enumerated() {
      guard let value = conversion.plan.tensors[source.planTensor].value,
        index != program.input.tensor
      else { continue }
      observed[value, default: []].append(index)
    }
    let interpreter = try Interpreter(conversion.graph)
    var session = try Session(
      model: model, threads: 1, kernelSet: kernels, keepsAllTensors: true)
    for input in inputs {
      session.setInput(floats: input.floats ?? [])
      session.run()
      var integers: [TensorID: [Int16]] = [:]
      for index in observed.values.joined() { integers[index] = session.values(of: index) }
      _ = try interpreter.run([input], observing: Set(observed.keys)) { value, elements in
        for index in observed[value] ?? [] {
          guard let computed = integers[index] else { continue }
          let tensor = conversion.plan.tensors[quantized.sources[index].planTensor]
          measures[index].add(
            tensor.layout.arrange(elements, count: tensor.count), computed: computed)
        }
      }
    }
    for index in observed.values.joined().sorted() where measures[index].count > 0 {
      report.tensors.append(measures[index].report(of: program.tensors[index]))
    }
    report.logitsSQNR = measures[program.output].cumulative.decibels
    return report
  }

  package func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
  }
}

/// A signal and its error.
private struct SignalToNoise {
  var signal = 0.0
  var noise = 0.0

  mutating func add(_ exact: Double, _ approximate: Double) {
    signal += exact * exact
    noise += (exact - approximate) * (exact - approximate)
  }

  var decibels: Double? {
    signal > 0 && noise > 0 ? 10 * log10(signal / noise) : nil
  }

  /// Base-10 logarithm by the natural one that the oracle uses.
  private func log10(_ ratio: Double) -> Double {
    Double(ratio.exponent) * 0.30102999566398120
      + Double(Unary.log(Float(ratio.significand))) * 0.43429448190325182
  }
}

/// What is gathered of one tensor of the program.
private struct Measure {
  let quantization: Quantization
  let channels: Int
  var local = SignalToNoise()
  var cumulative = SignalToNoise()
  var count = 0
  var clipped = 0
  var largest: [Float]

  init(quantization: Quantization, channels: Int) {
    self.quantization = quantization
    self.channels = channels
    largest = Array(repeating: 0, count: channels)
  }

  mutating func add(_ exact: [Float], computed: [Int16]) {
    let limits = quantization.type == .int8 ? (quantization.low, 127) : (-32768, 32767)
    for (index, value) in exact.enumerated() {
      let channel = index % channels
      let scale = quantization.scale(channel)
      let step = (Double(value) / scale).rounded() + Double(quantization.zeroPoint)
      let rounded = max(Double(limits.0), min(Double(limits.1), step))
      if abs(step - rounded) >= 1 { clipped += 1 }
      local.add(Double(value), (rounded - Double(quantization.zeroPoint)) * scale)
      cumulative.add(
        Double(value), Double(Int(computed[index]) - quantization.zeroPoint) * scale)
      largest[channel] = max(largest[channel], value.magnitude)
    }
    count += exact.count
  }

  func report(of tensor: ActivationTensor) -> ConversionReport.TensorReport {
    let median = largest.sorted()[largest.count / 2]
    return .init(
      name: tensor.name, type: tensor.type.rawValue, scale: tensor.scale,
      zeroPoint: tensor.zeroPoint, localSQNR: local.decibels, cumulativeSQNR: cumulative.decibels,
      clippedShare: Double(clipped) / Double(count),
      outlierChannels: largest.indices.filter { largest[$0] > 8 * median && median > 0 },
      silentChannels: largest.indices.filter { largest[$0] == 0 })
  }
}
