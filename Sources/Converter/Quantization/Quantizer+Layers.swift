import SwiftletGraph
import SwiftletProgram

extension Quantizer {
  /// A convolution, linear layer or depthwise convolution with its epilogue.
  mutating func quantize(
    _ layer: Plan.Layer, isDepthwise: Bool, _ operation: Plan.Operation
  ) throws {
    guard !precision.promoted.contains(layer.input.tensor) else {
      return try quantizeInPlanes(layer, isDepthwise: isDepthwise, operation)
    }
    let isImage = layer.input.tensor == plan.input && preprocessing != nil
    let input =
      isImage ? current[plan.input] ?? 0 : try tensor(layer.input.tensor, as: .int8)
    let output =
      try isStoredAsComputed(layer, operation)
      ? outputTensor(operation) : narrowOutput(operation)
    let own = quantization(of: output)
    var target = own
    if layer.hasTable { target = .affine(try argumentRange(of: layer)) }
    var epilogue = Epilogue()
    if let residual = layer.residual {
      let added = try tensor(residual.tensor, as: target.type)
      let scale = quantization(of: added).scale(of: residual)
      if target.type == .int8, layer.hasTable, scale > target.scales[0] { target.scales = [scale] }
      epilogue.residual = .init(
        operand: operand(residual, in: added),
        multiplier: target.type == .int8
          ? Int((0x1p14 * scale / target.scales[0]).rounded()) : 0)
    }
    if layer.hasTable, let activation = layer.activation {
      epilogue.table = addTable(activation, from: target, to: own)
    }
    try append(
      layer, isDepthwise: isDepthwise, name: operation.name, input: input,
      source: layerInput(layer.input, in: input, isImage: isImage, isDepthwise: isDepthwise),
      isImage: isImage, output: output, target: target, epilogue: epilogue)
    try widenIfNeeded(output, operation)
  }

  /// Whether a layer writes its operation's tensor itself: what reads a promoted tensor applies the limits of a ReLU.
  func isStoredAsComputed(_ layer: Plan.Layer, _ operation: Plan.Operation) -> Bool {
    layer.activation == nil
      || !layer.hasTable && precision.promoted.contains(operation.output)
  }

  /// The range of what an activation's table reads.
  func argumentRange(of layer: Plan.Layer) throws -> ValueRange {
    guard let value = layer.preActivation, let entry = table.tensors[graph.values[value].name]
    else { throw ConversionError("the range of the activation's input is unknown") }
    return entry.int8
  }

  /// Quantizes a layer's weights and adds its instruction.
  mutating func append(
    _ layer: Plan.Layer, isDepthwise: Bool, name: String, input: TensorID, source: LayerInput,
    isImage: Bool, output: TensorID, target: Quantization, epilogue: Epilogue
  ) throws {
    let quantized = try quantizeChannels(
      layer, input: source, zeroPoint: isImage ? 0 : quantization(of: input).zeroPoint,
      isDepthwise: isDepthwise, target: target)
    let prefix = "\(instructions.count)"
    let channels = layer.input.channels
    var padding: DataName?
    if let window = layer.window, window.hasPadding {
      padding = prefix + ".padding"
      data[prefix + ".padding"] = DataTensor(
        (0..<channels).map { paddingByte(channel: $0, input: quantization(of: input), isImage) })
    }
    data[prefix + ".weights"] =
      isDepthwise
      ? WeightPacking.depthwise(
        quantized.weights, channels: layer.outputs, taps: quantized.weights.count / layer.outputs)
      : WeightPacking.convolution(
        quantized.weights, outputs: layer.outputs, channels: channels, window: layer.window)
    let limits = limits(of: layer, target)
    let rule = addRule(quantized.rule, low: limits.low, high: limits.high)
    if !quantized.dead.isEmpty { deadChannels[name] = quantized.dead }

    let operand = operand(layer.input, in: input)
    if isDepthwise, let window = layer.window {
      instructions.append(
        .depthwise(
          Depthwise(
            name: name, input: operand, output: output, window: window,
            weights: prefix + ".weights", padding: padding, rule: rule, epilogue: epilogue)))
    } else {
      instructions.append(
        .convolution(
          Convolution(
            name: name, input: operand, output: output, window: layer.window,
            weights: prefix + ".weights", padding: padding, rule: rule, epilogue: epilogue)))
    }
  }

  func layerInput(
    _ operand: Operand, in tensor: TensorID, isImage: Bool, isDepthwise: Bool
  ) -> LayerInput {
    let statistics = entry(operand.tensor)?.channels
    if isImage, let preprocessing {
      return LayerInput(image: preprocessing, channels: operand.channels, statistics: statistics)
    }
    return LayerInput(
      operand, quantization(of: tensor), isDepthwise: isDepthwise, statistics: statistics)
  }

  func limits(of layer: Plan.Layer, _ target: Quantization) -> (low: Int, high: Int) {
    guard target.type == .int8 else { return (-128, 127) }
    guard let limits = layer.activation?.limits else { return (target.low, 127) }
    let low = limits.low.isFinite ? target.quantize(limits.low) : -128
    let high = limits.high.isFinite && target.scales.count == 1 ? target.quantize(limits.high) : 127
    return (max(target.low, low), max(low, high))
  }

  /// What a tap in the padding reads: the integer nearest to a real zero.
  private func paddingByte(channel: Int, input: Quantization, _ isImage: Bool) -> Int8 {
    guard isImage, let preprocessing else { return Int8(input.zeroPoint) }
    let byte = (preprocessing.zeroByte(channel) ?? 128).rounded()
    return Int8(max(0, min(255, byte)) - 128)
  }

  private struct QuantizedLayer {
    var weights: [Int8] = []
    var rule = RuleColumns()
    var dead: [Int] = []
  }

  private func quantizeChannels(
    _ layer: Plan.Layer, input: LayerInput, zeroPoint: Int, isDepthwise: Bool,
    target: Quantization
  ) throws -> QuantizedLayer {
    let perOutput = layer.weights.count / layer.outputs
    let channels = layer.input.channels
    var context =
      measures.weighsErrors && !isDepthwise
      ? input.context(of: layer, n: 0, isDepthwise: false) : WeightContext()
    var result = QuantizedLayer()
    for n in 0..<layer.outputs {
      func channel(_ k: Int) -> Int { isDepthwise ? n : k % channels }
      var row = Array(layer.weights[n * perOutput..<(n + 1) * perOutput])
      var bias = Double(layer.bias[n])
      for k in row.indices {
        let weight = Double(row[k]) * input.factors[channel(k)]
        row[k] = Float(weight)
        bias += weight * input.shifts[channel(k)]
      }
      if isDepthwise, measures.weighsErrors {
        context = input.context(of: layer, n: n, isDepthwise: true)
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
            + (layer.hasTable ? 64 * Double(target.zeroPoint) : 0),
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

  /// scale * x + shift per channel, from one tensor of the program to another: a requantization of int16 or a depthwise
  /// 1 x 1 convolution of int8.
  mutating func affine(
    from input: TensorID, isImage: Bool, to output: TensorID, scale: [Float], shift: [Float],
    name: String, limits: (low: Int, high: Int)? = nil, epilogue: Epilogue = Epilogue()
  ) throws {
    let (source, target) = (quantization(of: input), quantization(of: output))
    let channels = tensors[input].channels
    if source.type == .int16 {
      guard target.type == .int8 else {
        throw ConversionError("an int16 tensor cannot be rescaled to int16")
      }
      var columns = RuleColumns()
      for c in 0..<channels {
        try columns.appendRaising(
          factor: 64 * Double(scale[c]) * source.scale(c) / (256 * target.scale(c)),
          offset: 64 * Double(shift[c]) / target.scale(c), sum: 1 << 23, isInt16: false)
      }
      let rule = addRule(columns, low: limits?.low ?? target.low, high: limits?.high ?? 127)
      instructions.append(
        .requantize(
          Requantize(
            name: name, input: Operand(tensor: input, offset: 0, channels: channels),
            output: output, rule: rule)))
      return
    }
    let operand = Operand(tensor: input, offset: 0, channels: channels)
    let layer = Plan.Layer(
      input: operand, window: nil, weights: scale, bias: shift)
    let image = isImage ? preprocessing : nil
    let quantized = try quantizeChannels(
      layer,
      input: image.map { LayerInput(image: $0, channels: channels, statistics: nil) }
        ?? LayerInput(operand, source, isDepthwise: true, statistics: nil),
      zeroPoint: isImage ? 0 : source.zeroPoint, isDepthwise: true, target: target)
    let prefix = "\(instructions.count)"
    data[prefix + ".weights"] = WeightPacking.depthwise(
      quantized.weights, channels: channels, taps: 1)
    let rule = addRule(quantized.rule, low: target.type == .int8 ? target.low : -128)
    let rows = tensors[input].rows
    instructions.append(
      .depthwise(
        Depthwise(
          name: name, input: operand, output: output,
          window: Window(
            inputHeight: 1, inputWidth: rows, outputHeight: 1, outputWidth: rows, kernelHeight: 1,
            kernelWidth: 1), weights: prefix + ".weights", padding: nil, rule: rule,
          epilogue: epilogue)))
  }
}

extension Preprocessing {
  /// The byte that stands for a real zero in a channel of the model's input; nil for the channel that only pads a pixel.
  func zeroByte(_ channel: Int) -> Double? {
    index(channel).map { 255 * Double(mean[$0]) }
  }

  func deviation(_ channel: Int) -> Double { index(channel).map { Double(std[$0]) } ?? 1 }

  private func index(_ channel: Int) -> Int? {
    guard channel < mean.count else { return nil }
    return isBGR ? mean.count - 1 - channel : channel
  }
}
