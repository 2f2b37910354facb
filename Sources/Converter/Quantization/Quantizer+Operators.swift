import SwiftletGraph
import SwiftletProgram

extension Quantizer {
  mutating func quantize(_ attention: Plan.Attention, _ operation: Plan.Operation) throws {
    let query = try tensor(attention.query.tensor, as: .int8)
    let key = try tensor(attention.key.tensor, as: .int8)
    let value = try tensor(attention.value.tensor, as: .int8)
    let queryScale = quantization(of: query).scale(of: attention.query)
    let keyScale = quantization(of: key).scale(of: attention.key)
    let valueScale = quantization(of: value).scale(of: attention.value)
    for tensor in [query, key, value] where quantization(of: tensor).zeroPoint != 0 {
      throw ConversionError("\(tensors[tensor].name): attention reads it, so it must be symmetric")
    }
    /// The logits' step: the exponential is a table of the fraction and a shift (DESIGN.md, section 3).
    let step = 0.6931471805599453 / 64
    let depth = attention.query.channels / attention.heads
    var columns = RuleColumns()
    let logitStep = queryScale * keyScale * Double(attention.scale)
    do {
      try columns.appendRaising(
        factor: logitStep / step, offset: 0, sum: depth * 127 * 127, isInt16: true)
    } catch is ConversionError {
      throw ConversionError(
        "one step of a query and of a key changes its logits by \(Float(logitStep)): queries and keys are too large for a softmax in int8; check that the model's weights are trained"
      )
    }

    let prefix = "\(instructions.count)"
    var bias: DataName?
    if let values = attention.bias {
      bias = prefix + ".bias"
      data[prefix + ".bias"] = DataTensor(
        values.map { Int16(max(-32767, min(32767, (Double($0) / step).rounded()))) })
    }
    func rows(_ table: [Int32]?, _ role: String) -> DataName? {
      guard let table else { return nil }
      data[prefix + role] = DataTensor(table)
      return prefix + role
    }
    let bits = Self.exponentBits(keys: attention.keyTokens)
    data[prefix + ".exponent"] = DataTensor(SwiftletProgram.Attention.exponentTable(bits: bits))

    let output = try narrowOutput(operation)
    let narrow = quantization(of: output)
    let factor = MantissaEncoding(64 * valueScale / narrow.scales[0])
    instructions.append(
      .attention(
        Attention(
          name: operation.name, query: operand(attention.query, in: query),
          key: operand(attention.key, in: key), value: operand(attention.value, in: value),
          output: output, heads: attention.heads, groups: attention.groups,
          queryTokens: attention.queryTokens, keyTokens: attention.keyTokens,
          queryRows: rows(attention.queryRows, ".queryRows"),
          keyRows: rows(attention.keyRows, ".keyRows"),
          logits: .init(
            bias: Int(columns.bias[0]), multiplier: Int(columns.multiplier[0]),
            shift: Int(columns.shift[0])), bias: bias, biasGroups: attention.biasGroups,
          exponentBits: bits, exponentTable: prefix + ".exponent",
          outputMantissa: factor.mantissa, outputExponent: factor.exponent, low: narrow.low,
          high: 127)))
    try widenIfNeeded(output, operation)
  }

  /// min(14, 24 - ceil(log2 N)): the sum of a row stays below 2^24.
  static func exponentBits(keys: Int) -> Int {
    var log = 0
    while 1 << log < keys { log += 1 }
    return max(7, min(14, 24 - log))
  }

  mutating func quantizeLayerNorm(
    _ input: Operand, gamma: [Float], beta: [Float], epsilon: Float, _ operation: Plan.Operation
  ) throws {
    let source = try tensor(input.tensor, as: .int16)
    let scale = quantization(of: source).scales[0]
    let channels = Double(input.channels)
    // w is at most sqrt(N) standard deviations; a power of two of headroom keeps it exact.
    let normalScale = exp2(Int((32767 / channels.squareRoot()).exponent))
    let factor = MantissaEncoding(normalScale / 256 * channels)
    let constant = max(
      1, min(0x1p62, (channels * channels * Double(epsilon) / (scale * scale)).rounded()))

    let output = try narrowOutput(operation)
    let narrow = quantization(of: output)
    var columns = RuleColumns()
    for c in 0..<input.channels {
      try columns.appendRaising(
        factor: 64 * Double(gamma[c]) / (narrow.scale(c) * 256 * normalScale),
        offset: 64 * Double(beta[c]) / narrow.scale(c), sum: 1 << 23, isInt16: false)
    }
    let rule = addRule(columns, low: narrow.low)
    instructions.append(
      .layerNorm(
        LayerNorm(
          name: operation.name, input: operand(input, in: source), output: output,
          epsilon: UInt64(constant), mantissa: factor.mantissa, exponent: factor.exponent,
          rule: rule)))
    try widenIfNeeded(output, operation)
  }

  mutating func quantizeAdd(
    _ left: Operand, _ right: Operand, _ operation: Plan.Operation
  ) throws {
    let own = quantizations[operation.output]
    let inputs = try [left, right].map { try tensor($0.tensor, as: own.type) }
    let multipliers = zip(inputs, [left, right]).map { input, operand in
      own.type == .int8
        ? Int((0x1p14 * quantization(of: input).scale(of: operand) / own.scales[0]).rounded()) : 0
    }
    let output = outputTensor(operation)
    instructions.append(
      .add(
        Add(
          name: operation.name, left: operand(left, in: inputs[0]),
          right: operand(right, in: inputs[1]), output: output, leftMultiplier: multipliers[0],
          rightMultiplier: multipliers[1], low: own.low, high: 127)))
  }

  mutating func quantizeMultiply(
    _ left: Operand, _ right: Operand, _ operation: Plan.Operation
  ) throws {
    let inputs = try [left, right].map { try tensor($0.tensor, as: .int8) }
    let scale = zip(inputs, [left, right]).reduce(1.0) {
      $0 * quantization(of: $1.0).scale(of: $1.1)
    }
    let output = try narrowOutput(operation)
    let narrow = quantization(of: output)
    var columns = RuleColumns()
    try columns.appendRaising(
      factor: 64 * scale / narrow.scales[0], offset: 0, sum: 255 * 255, isInt16: false)
    instructions.append(
      .multiply(
        Multiply(
          name: operation.name, left: operand(left, in: inputs[0]),
          right: operand(right, in: inputs[1]), output: output,
          rule: .init(
            bias: Int(columns.bias[0]), multiplier: Int(columns.multiplier[0]),
            shift: Int(columns.shift[0])), low: narrow.low, high: 127)))
    try widenIfNeeded(output, operation)
  }

  mutating func quantizeUnary(
    _ function: Unary, _ input: Operand, _ operation: Plan.Operation
  ) throws {
    let source: TensorID
    if quantizations[input.tensor].type == .int16, let value = plan.tensors[input.tensor].value,
      let range = table.tensors[graph.values[value].name]?.int8
    {
      source = try tensorAsInt8(input.tensor, in: range)
    } else {
      source = try tensor(input.tensor, as: .int8)
    }
    let output = try narrowOutput(operation)
    let narrow = quantization(of: output)
    guard quantization(of: source).scales.count == 1 else {
      throw ConversionError("its input has a scale for each channel; a table needs one")
    }
    let table = addTable(function, from: quantization(of: source), to: narrow)
    instructions.append(
      .lookup(
        Lookup(
          name: operation.name, input: operand(input, in: source), output: output, table: table)))
    try widenIfNeeded(output, operation)
  }

  mutating func quantizeAffine(
    _ input: Operand, scale: [Float], shift: [Float], _ operation: Plan.Operation
  ) throws {
    let own = quantizations[operation.output]
    let isImage = input.tensor == plan.input && preprocessing != nil
    let source: TensorID
    if isImage || own.type == .int16 || quantizations[input.tensor].type == .int8 {
      source = isImage ? current[plan.input] ?? 0 : try tensor(input.tensor, as: .int8)
    } else {
      source = try tensor(input.tensor, as: .int16)
    }
    let output = outputTensor(operation)
    try affine(
      from: source, isImage: isImage, to: output, scale: scale, shift: shift,
      name: operation.name)
  }

  mutating func quantizeMean(_ input: Operand, _ operation: Plan.Operation) throws {
    let type = quantizations[input.tensor].type
    let own = quantizations[operation.output]
    let source = try tensor(input.tensor, as: type)
    let rows = tensors[source].rows
    let quantized = quantization(of: source)
    let isInt16 = own.type == .int16
    var columns = RuleColumns()
    for c in 0..<input.channels {
      let factor =
        quantized.scale(input.offset + c) / (Double(rows) * own.scale(c)) * (isInt16 ? 1 : 64)
      let sum = (type == .int8 ? 128 : 32768) * rows
      guard
        columns.append(
          factor: factor, offset: 0, accumulatorBias: -quantized.zeroPoint * rows, sum: sum,
          isInt16: isInt16)
      else {
        throw ConversionError("the mean over \(rows) rows does not fit the accumulator")
      }
    }
    let rule = addRule(columns, low: isInt16 ? -128 : own.low)
    let output = outputTensor(operation)
    instructions.append(
      .mean(
        Mean(
          name: operation.name, input: operand(input, in: source), output: output, rule: rule,
          epilogue: Epilogue())))
  }

  mutating func quantizeGather(_ gather: Plan.Gather, _ operation: Plan.Operation) throws {
    let own = quantizations[operation.output]
    let inputs = try gather.inputs.map { input in
      let tensor = try tensor(input, as: own.type)
      if quantization(of: tensor) == own { return tensor }
      return try convert(
        input, to: own, range: [Float(own.scales[0]), Float(own.zeroPoint), Float(own.low)])
    }
    let prefix = "\(instructions.count)"
    data[prefix + ".offsets"] = DataTensor(gather.offsets)
    if let sources = gather.sources { data[prefix + ".sources"] = DataTensor(sources) }
    let output = outputTensor(operation)
    instructions.append(
      .gather(
        Gather(
          name: operation.name, inputs: inputs, output: output, run: gather.run,
          offsets: prefix + ".offsets",
          sources: gather.sources == nil ? nil : prefix + ".sources")))
  }
}
