import SwiftletGraph
import SwiftletProgram

/// An int16 tensor as two int8 ones, x = high * 128 + low with low in 0...127: every product stays one of int8 values.
struct Planes {
  var high: TensorID
  var low: TensorID
}

extension Plan.Layer {
  /// A layer that takes all fourteen bits of its input: the sum of the same layer over both planes, the low plane's result
  /// added in the high plane's epilogue as int16.
  func emitPlanes(_ operation: Plan.Operation, into quantizer: inout Quantizer) throws {
    let planes = try quantizer.planes(of: input.tensor)
    let own = quantizer.quantizations[operation.output]
    let isDirect = own.type == .int16 && isStoredAsComputed(operation, quantizer)
    let target = isDirect ? own : try sumQuantization(operation, quantizer)

    var sum = self
    sum.activation = nil
    sum.residual = nil
    var low = sum
    low.bias = bias.map { _ in 0 }
    var added = Epilogue()
    if let residual {
      let source = try quantizer.int16(residual.tensor, scale: target.scales[0])
      added.residual = .init(operand: residual.moved(to: source), multiplier: 0)
    }
    let partial = quantizer.addTensor(operation.output, target, as: .partial)
    var lowInput = layerInput(planes.low, isImage: false, quantizer)
    // The weights' mean error over both planes is taken out of the high plane's bias.
    lowInput.mean = nil
    try low.append(
      to: &quantizer, name: operation.name + ".low", input: planes.low, source: lowInput,
      isImage: false, output: partial, target: target, epilogue: added)

    let total =
      isDirect
      ? quantizer.outputTensor(operation)
      : quantizer.addTensor(operation.output, target, as: .sum)
    try sum.append(
      to: &quantizer, name: operation.name, input: planes.high,
      source: layerInput(planes.high, isImage: false, quantizer), isImage: false, output: total,
      target: target,
      epilogue: Epilogue(
        residual: .init(
          operand: Operand(tensor: partial, offset: 0, channels: outputs), multiplier: 0)))
    if !isDirect { try narrow(total, operation, &quantizer) }
  }

  /// The form of a sum over both planes that is not stored as it is.
  private func sumQuantization(
    _ operation: Plan.Operation, _ quantizer: Quantizer
  ) throws -> Quantization {
    if let residual, quantizer.quantizations[residual.tensor].type == .int16 {
      return quantizer.quantizations[residual.tensor]
    }
    let range =
      hasTable ? try argumentRange(quantizer) : quantizer.entry(operation.output)?.seen
    guard let range else { throw ConversionError("the range of its output is unknown") }
    let scale = max(
      Double(range.magnitude) / 8192,
      weighted.smallestSumScale(input: quantizer.quantizations[input.tensor].scales[0]))
    return Quantization(type: .int16, scales: [scale], zeroPoint: 0)
  }

  /// Brings an int16 sum into the int8 form that the layer's activation and output ask for.
  private func narrow(
    _ sum: TensorID, _ operation: Plan.Operation, _ quantizer: inout Quantizer
  ) throws {
    let argument =
      hasTable
      ? quantizer.addTensor(
        operation.output, .affine(try argumentRange(quantizer)), as: .argument)
      : try quantizer.narrowOutput(operation)
    try quantizer.copy(
      sum, to: argument, name: operation.name + ".narrow",
      limits: limits(quantizer.quantization(of: argument)))
    guard hasTable, let activation else {
      return try quantizer.widenIfNeeded(argument, operation)
    }
    let output = try quantizer.narrowOutput(operation)
    let table = quantizer.addTable(
      activation, from: quantizer.quantization(of: argument), to: quantizer.quantization(of: output)
    )
    quantizer.instructions.append(
      .lookup(
        Lookup(
          name: operation.name + ".table",
          input: Operand(tensor: argument, offset: 0, channels: outputs), output: output,
          table: table)))
    try quantizer.widenIfNeeded(output, operation)
  }
}

extension Quantizer {
  /// A tensor as int16 with a given scale.
  fileprivate mutating func int16(_ planTensor: TensorID, scale: Double) throws -> TensorID {
    if quantizations[planTensor].type == .int16 { return try tensor(planTensor, as: .int16) }
    return try convert(
      planTensor, to: Quantization(type: .int16, scales: [scale], zeroPoint: 0),
      range: [Float(scale)])
  }

  /// The planes of a promoted tensor, within the limits of the ReLU that it was stored without.
  fileprivate mutating func planes(of planTensor: TensorID) throws -> Planes {
    if let done = planes[planTensor] { return done }
    let source = try tensor(planTensor, as: .int16)
    let step = quantization(of: source).scales[0]
    let name = plan.tensors[planTensor].name
    var limits = (low: -128, high: 127)
    if let limited = solution.limits[planTensor] {
      limits.low = 0
      if limited.high.isFinite {
        limits.high = max(0, min(127, Int((Double(limited.high) / step / 128).rounded()) - 1))
      }
    }
    let high = addTensor(
      planTensor, Quantization(type: .int8, scales: [128 * step], zeroPoint: 0), as: .high)
    // Half of a step of the high plane less half of one of the low plane: rounded, that is the floor.
    try copy(source, to: high, name: name + ".high", shift: -63.5 * step, limits: limits)

    let rest = addTensor(planTensor, quantization(of: source), as: .rest)
    let channels = plan.tensors[planTensor].channels
    try appendAffine(
      from: high, isImage: false, to: rest, scale: Array(repeating: -1, count: channels),
      shift: Array(repeating: 0, count: channels), name: name + ".rest",
      epilogue: Epilogue(
        residual: .init(
          operand: Operand(tensor: source, offset: 0, channels: channels), multiplier: 0)))
    let low = addTensor(
      planTensor, Quantization(type: .int8, scales: [step], zeroPoint: 0), as: .low)
    try copy(rest, to: low, name: name + ".low", limits: (0, 127))
    let found = Planes(high: high, low: low)
    planes[planTensor] = found
    return found
  }

  fileprivate mutating func copy(
    _ source: TensorID, to target: TensorID, name: String, shift: Double = 0,
    limits: (low: Int, high: Int)
  ) throws {
    let channels = tensors[source].channels
    try appendAffine(
      from: source, isImage: false, to: target, scale: Array(repeating: 1, count: channels),
      shift: Array(repeating: Float(shift), count: channels), name: name, limits: limits)
  }
}
