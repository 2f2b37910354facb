import SwiftletGraph
import SwiftletProgram

extension Plan.Layer {
  func emit(_ operation: Plan.Operation, into quantizer: inout Quantizer) throws {
    guard !quantizer.promoted.contains(input.tensor) else {
      return try emitPlanes(operation, into: &quantizer)
    }
    let isImage = quantizer.isImage(input.tensor)
    let source =
      isImage
      ? quantizer.current[input.tensor] ?? 0 : try quantizer.tensor(input.tensor, as: .int8)
    let output =
      try isStoredAsComputed(operation, quantizer)
      ? quantizer.outputTensor(operation) : quantizer.narrowOutput(operation)
    let own = quantizer.quantization(of: output)
    var target = own
    if hasTable { target = .affine(try argumentRange(quantizer)) }
    var epilogue = Epilogue()
    if let residual {
      let added = try quantizer.operand(residual, as: target.type)
      let scale = quantizer.quantization(of: added.tensor).scale(of: added)
      if target.type == .int8, hasTable, scale > target.scales[0] { target.scales = [scale] }
      epilogue.residual = .init(
        operand: added,
        multiplier: target.type == .int8
          ? Int((0x1p14 * scale / target.scales[0]).rounded()) : 0)
    }
    if hasTable, let activation {
      epilogue.table = quantizer.addTable(activation, from: target, to: own)
    }
    try append(
      to: &quantizer, name: operation.name, input: source,
      source: layerInput(source, isImage: isImage, quantizer), isImage: isImage, output: output,
      target: target, epilogue: epilogue)
    try quantizer.widenIfNeeded(output, operation)
  }

  /// Whether the layer writes its operation's tensor itself: what reads a promoted tensor applies the limits of a ReLU.
  func isStoredAsComputed(_ operation: Plan.Operation, _ quantizer: Quantizer) -> Bool {
    activation == nil || !hasTable && quantizer.promoted.contains(operation.output)
  }

  /// The range of what the activation's table reads.
  func argumentRange(_ quantizer: Quantizer) throws -> ValueRange {
    guard let range = quantizer.entry(ofValue: preActivation)?.int8 else {
      throw ConversionError("the range of the activation's input is unknown")
    }
    return range
  }

  /// Quantizes the weights and adds the layer's instruction.
  func append(
    to quantizer: inout Quantizer, name: String, input tensor: TensorID, source: LayerInput,
    isImage: Bool, output: TensorID, target: Quantization, epilogue: Epilogue
  ) throws {
    let zeroPoint = quantizer.quantization(of: tensor).zeroPoint
    let quantized = try quantizeChannels(
      input: source, zeroPoint: isImage ? 0 : zeroPoint, target: target,
      measures: quantizer.measures)
    var padding: DataName?
    if let window, window.hasPadding {
      let image = isImage ? quantizer.preprocessing : nil
      padding = quantizer.add(
        DataTensor(
          (0..<input.channels).map { image?.paddingByte($0) ?? Int8(zeroPoint) }), "padding")
    }
    let weights = quantizer.add(
      isDepthwise
        ? WeightPacking.depthwise(
          quantized.weights, channels: outputs, taps: quantized.weights.count / outputs)
        : WeightPacking.convolution(
          quantized.weights, outputs: outputs, channels: input.channels, window: window), "weights")
    let limits = limits(target)
    let rule = quantizer.addRule(quantized.rule, low: limits.low, high: limits.high)
    if !quantized.dead.isEmpty { quantizer.deadChannels[name] = quantized.dead }

    let operand = input.moved(to: tensor)
    if isDepthwise, let window {
      quantizer.instructions.append(
        .depthwise(
          Depthwise(
            name: name, input: operand, output: output, window: window, weights: weights,
            padding: padding, rule: rule, epilogue: epilogue)))
    } else {
      quantizer.instructions.append(
        .convolution(
          Convolution(
            name: name, input: operand, output: output, window: window, weights: weights,
            padding: padding, rule: rule, epilogue: epilogue)))
    }
  }

  /// How the layer sees its input in a tensor of the program.
  func layerInput(_ tensor: TensorID, isImage: Bool, _ quantizer: Quantizer) -> LayerInput {
    let statistics = quantizer.entry(input.tensor)?.channels
    if isImage, let preprocessing = quantizer.preprocessing {
      return LayerInput(image: preprocessing, channels: input.channels, statistics: statistics)
    }
    return LayerInput(
      input, quantizer.quantization(of: tensor), isDepthwise: isDepthwise, statistics: statistics)
  }

  /// The smallest and the largest value of the layer's rule.
  func limits(_ target: Quantization) -> (low: Int, high: Int) {
    guard target.type == .int8 else { return (-128, 127) }
    guard let limits = activation?.limits else { return (target.low, 127) }
    let low = limits.low.isFinite ? target.quantize(limits.low) : -128
    let high = limits.high.isFinite && target.scales.count == 1 ? target.quantize(limits.high) : 127
    return (max(target.low, low), max(low, high))
  }

  private struct QuantizedLayer {
    var weights: [Int8] = []
    var rule = RuleColumns()
    var dead: [Int] = []
  }

  private func quantizeChannels(
    input: LayerInput, zeroPoint: Int, target: Quantization, measures: QuantizationMeasures
  ) throws -> QuantizedLayer {
    let perOutput = weights.count / outputs
    let channels = self.input.channels
    var context =
      measures.weighsErrors && !isDepthwise
      ? input.context(of: self, n: 0) : WeightContext()
    var result = QuantizedLayer()
    for n in 0..<outputs {
      func channel(_ k: Int) -> Int { isDepthwise ? n : k % channels }
      var row = Array(weights[n * perOutput..<(n + 1) * perOutput])
      var bias = Double(bias[n])
      for k in row.indices {
        let weight = Double(row[k]) * input.factors[channel(k)]
        row[k] = Float(weight)
        bias += weight * input.shifts[channel(k)]
      }
      if isDepthwise, measures.weighsErrors {
        context = input.context(of: self, n: n)
      }
      let step = target.scale(n) / (target.type == .int8 ? 64 : 1)

      var minimumScale = RuleEncoding.smallestFactor * step / input.scale(n)
      while true {
        let quantized = WeightQuantizer.quantize(
          row[...], minimumScale: minimumScale, context: context)
        let sum = quantized.weights.reduce(0) { $0 + Int($1) }
        let magnitude = quantized.weights.reduce(0) { $0 + abs(Int($1)) }
        let exact = input.scale(n) * quantized.scale / step
        // An output that calibration saw at one end of its range only is there whatever the factor: 1 keeps its sign.
        let factor = exact < 128 ? exact : 1
        let corrected =
          measures.correctsBias
          ? bias - input.meanError(of: quantized, exact: row, channelOf: channel) : bias
        if result.rule.append(
          factor: factor,
          offset: corrected / step * (factor / exact)
            + (hasTable ? 64 * Double(target.zeroPoint) : 0),
          accumulatorBias: -zeroPoint * sum, sum: 128 * magnitude, isInt16: target.type == .int16)
        {
          result.weights += quantized.weights
          if quantized.isDead { result.dead.append(n) }
          break
        }
        guard exact < 1 else {
          throw ConversionError(
            "output channel \(n): its weights are too large for its range, \(target.scale(n) * 255) wide on the calibration set; calibrate on inputs like those that the model will see"
          )
        }
        minimumScale = 2 * quantized.scale
      }
    }
    return result
  }
}

extension Preprocessing {
  /// The byte that stands for a real zero in a channel of the model's input; nil for the channel that only pads a pixel.
  func zeroByte(_ channel: Int) -> Double? {
    index(channel).map { 255 * Double(mean[$0]) }
  }

  /// What a tap in the padding of the image reads: the integer nearest to a real zero.
  fileprivate func paddingByte(_ channel: Int) -> Int8 {
    Int8(max(0, min(255, (zeroByte(channel) ?? 128).rounded())) - 128)
  }

  func deviation(_ channel: Int) -> Double { index(channel).map { Double(std[$0]) } ?? 1 }

  private func index(_ channel: Int) -> Int? {
    guard channel < mean.count else { return nil }
    return isBGR ? mean.count - 1 - channel : channel
  }
}
