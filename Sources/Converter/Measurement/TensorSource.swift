import Swiftlet
import SwiftletGraph
import SwiftletProgram

/// What a tensor of a program holds: a graph's value, in integers.
struct TensorSource {
  var planTensor: Int
  var value: Graph.ValueID
  var quantization: Quantization
}

extension Plan {
  /// By tensor of a program that was made from this plan, what it holds; nil for the input, for constants, for what only
  /// movement makes, and for parts of promoted tensors. Tensors are found by their names, as ranges in a calibration table are.
  ///
  /// - Throws: where the program was made from another plan.
  func sources(of model: Model) throws(ConversionError) -> [TensorSource?] {
    let program = model.program
    var named: [String: [Int]] = [:]
    for tensor in [input] + operations.map(\.output) {
      named[tensors[tensor].name, default: []].append(tensor)
    }
    var sources: [TensorSource?] = []
    for (id, tensor) in program.tensors.enumerated() {
      guard tensor.constant == nil, id != program.input.tensor, tensor.form.holdsValue else {
        sources.append(nil)
        continue
      }
      let found = named[tensor.name]?.first {
        tensors[$0].rows == tensor.rows && tensors[$0].channels == tensor.channels
      }
      guard let found else {
        throw ConversionError(
          "the program's tensor '\(tensor.title)' [\(tensor.rows), \(tensor.channels)] is none that this version makes of the model; convert it again"
        )
      }
      sources.append(
        tensors[found].value.map {
          TensorSource(
            planTensor: found, value: $0,
            quantization: Quantization(
              of: tensor, scales: model.scales(of: id), lowest: model.lowest(of: id)))
        })
    }
    return sources
  }
}

extension Quantization {
  /// How a tensor of a program is quantized, by what the file says of it.
  fileprivate init(of tensor: ActivationTensor, scales: [Float], lowest: Int) {
    self.init(
      type: tensor.type, scales: scales.map { Double($0) }, zeroPoint: tensor.zeroPoint,
      low: lowest > -128 ? -127 : -128)
  }
}

extension ActivationTensor.Form {
  /// Whether a tensor of this form holds its value, whatever the integers.
  fileprivate var holdsValue: Bool {
    switch self {
    case .value, .converted: true
    case .high, .low, .rest, .partial, .sum, .argument, .unlimited: false
    }
  }
}
