import SwiftletGraph
import SwiftletProgram

/// An int16 tensor as two int8 ones, x = high * 128 + low with low in 0...127: every product stays one of int8 values.
struct Planes {
  var high: TensorID
  var low: TensorID
}

extension Quantizer {
  /// A layer that takes all fourteen bits of its input: the sum of the same layer over both planes, the low plane's result
  /// added in the high plane's epilogue as int16.
  mutating func quantizeInPlanes(
    _ layer: Plan.Layer, isDepthwise: Bool, _ operation: Plan.Operation
  ) throws {
    let planes = try planes(of: layer.input.tensor)
    let isDirect =
      quantizations[operation.output].type == .int16 && isStoredAsComputed(layer, operation)
    var target = quantizations[operation.output]
    if !isDirect { target = try sumQuantization(of: layer, operation) }

    var sum = layer
    sum.activation = nil
    sum.residual = nil
    var low = sum
    low.bias = layer.bias.map { _ in 0 }
    var added: Epilogue.Residual?
    if let residual = layer.residual {
      let source = try int16(residual.tensor, scale: target.scales[0])
      added = .init(operand: operand(residual, in: source), multiplier: 0)
    }
    let partial = addTensor(operation.output, target, part: .partial)
    var lowInput = layerInput(
      layer.input, in: planes.low, isImage: false, isDepthwise: isDepthwise)
    // The weights' mean error over both planes is taken out of the high plane's bias.
    lowInput.mean = nil
    try append(
      low, isDepthwise: isDepthwise, name: operation.name + ".low", input: planes.low,
      source: lowInput, isImage: false, output: partial, target: target,
      epilogue: Epilogue(residual: added))

    let total =
      isDirect
      ? outputTensor(operation)
      : addTensor(operation.output, target, part: .sum)
    try append(
      sum, isDepthwise: isDepthwise, name: operation.name, input: planes.high,
      source: layerInput(layer.input, in: planes.high, isImage: false, isDepthwise: isDepthwise),
      isImage: false, output: total, target: target,
      epilogue: Epilogue(
        residual: .init(
          operand: Operand(tensor: partial, offset: 0, channels: layer.outputs), multiplier: 0)))
    if !isDirect { try narrow(total, layer, operation) }
  }

  /// The form of a sum over both planes that is not stored as it is.
  private func sumQuantization(
    of layer: Plan.Layer, _ operation: Plan.Operation
  ) throws -> Quantization {
    if let residual = layer.residual, quantizations[residual.tensor].type == .int16 {
      return quantizations[residual.tensor]
    }
    let range = layer.hasTable ? try argumentRange(of: layer) : entry(operation.output)?.seen
    guard let range else { throw ConversionError("the range of its output is unknown") }
    let scale = max(
      Double(range.magnitude) / 8192,
      layer.smallestSumScale(input: quantizations[layer.input.tensor].scales[0]))
    return Quantization(type: .int16, scales: [scale], zeroPoint: 0)
  }

  /// Brings an int16 sum into the int8 form that the layer's activation and output ask for.
  private mutating func narrow(
    _ sum: TensorID, _ layer: Plan.Layer, _ operation: Plan.Operation
  ) throws {
    let argument =
      layer.hasTable
      ? addTensor(
        operation.output, .affine(try argumentRange(of: layer)), part: .argument)
      : try narrowOutput(operation)
    try copy(
      sum, to: argument, name: operation.name + ".narrow",
      limits: limits(of: layer, quantization(of: argument)))
    guard layer.hasTable, let activation = layer.activation else {
      return try widenIfNeeded(argument, operation)
    }
    let output = try narrowOutput(operation)
    let table = addTable(activation, from: quantization(of: argument), to: quantization(of: output))
    instructions.append(
      .lookup(
        Lookup(
          name: operation.name + ".table",
          input: Operand(tensor: argument, offset: 0, channels: layer.outputs), output: output,
          table: table)))
    try widenIfNeeded(output, operation)
  }

  /// A tensor as int16 with a given scale.
  private mutating func int16(_ planTensor: TensorID, scale: Double) throws -> TensorID {
    if quantizations[planTensor].type == .int16 { return try tensor(planTensor, as: .int16) }
    return try convert(
      planTensor, to: Quantization(type: .int16, scales: [scale], zeroPoint: 0),
      range: [Float(scale)])
  }

  /// The planes of a promoted tensor, within the limits of the ReLU that it was stored without.
  private mutating func planes(of planTensor: TensorID) throws -> Planes {
    if let done = planes[planTensor] { return done }
    let source = try tensor(planTensor, as: .int16)
    let step = quantization(of: source).scales[0]
    let name = plan.tensors[planTensor].name
    var limits = (low: -128, high: 127)
    if let limited = plan.operations.first(where: { $0.output == planTensor })?.kind.limits {
      limits.low = 0
      if limited.high.isFinite {
        limits.high = max(0, min(127, Int((Double(limited.high) / step / 128).rounded()) - 1))
      }
    }
    let high = addTensor(
      planTensor, Quantization(type: .int8, scales: [128 * step], zeroPoint: 0), part: .high)
    // Half of a step of the high plane less half of one of the low plane: rounded, that is the floor.
    try copy(source, to: high, name: name + ".high", shift: -63.5 * step, limits: limits)

    let rest = addTensor(planTensor, quantization(of: source), part: .rest)
    let channels = plan.tensors[planTensor].channels
    try affine(
      from: high, isImage: false, to: rest, scale: Array(repeating: -1, count: channels),
      shift: Array(repeating: 0, count: channels), name: name + ".rest",
      epilogue: Epilogue(
        residual: .init(
          operand: Operand(tensor: source, offset: 0, channels: channels), multiplier: 0)))
    let low = addTensor(
      planTensor, Quantization(type: .int8, scales: [step], zeroPoint: 0), part: .low)
    try copy(rest, to: low, name: name + ".low", limits: (0, 127))
    let found = Planes(high: high, low: low)
    planes[planTensor] = found
    return found
  }

  private mutating func copy(
    _ source: TensorID, to target: TensorID, name: String, shift: Double = 0,
    limits: (low: Int, high: Int)
  ) throws {
    let channels = tensors[source].channels
    try affine(
      from: source, isImage: false, to: target, scale: Array(repeating: 1, count: channels),
      shift: Array(repeating: Float(shift), count: channels), name: name, limits: limits)
  }
}

extension Plan.Layer {
  /// The least scale that a layer's sum over both planes of an input of this scale may have: the rule's factor for the high
  /// plane is then at most 64.
  func smallestSumScale(input: Double) -> Double {
    128 * input * Double(weights.lazy.map(\.magnitude).max() ?? 0) / (127 * 64)
  }
}

extension ScaleAssignment {
  /// Layers that read a promoted tensor, and the streams that they write, have scales that the rule can hold.
  static func widenSumsOfPlanes(
    plan: Plan, precision: Precision, result: inout [Quantization]
  ) {
    for operation in plan.operations where result[operation.output].type == .int16 {
      switch operation.kind {
      case .convolution(let layer), .depthwise(let layer):
        guard precision.promoted.contains(layer.input.tensor) else { continue }
        let least = layer.smallestSumScale(input: result[layer.input.tensor].scales[0])
        guard least > result[operation.output].scales[0] else { continue }
        let group = precision.group(of: operation.output)
        for tensor in plan.tensors.indices
        where precision.group(of: tensor) == group && result[tensor].type == .int16 {
          result[tensor].scales = [least]
        }
      default: continue
      }
    }
  }
}

extension Plan.Kind {
  /// The limits of a layer's ReLU.
  var limits: (low: Float, high: Float)? {
    switch self {
    case .convolution(let layer), .depthwise(let layer): layer.activation?.limits
    default: nil
    }
  }
}
