extension ProgramValidator {
  mutating func validate(_ it: LayerNorm) throws(ModelFileError) {
    let input = try read(it.input, "input", .int16)
    let channels = it.input.channels
    try check(channels, in: 1...65536, "channels")
    try check(
      (1...1 << 62).contains(it.epsilon), "epsilon is \(it.epsilon), expected 1...2^62")
    // A centred value is at most sqrt(D / N), so 256 times it by factor / sqrt(D), doubled for the shift, is at most
    // 512 * factor / sqrt(N).
    let factor = try factor(it.mantissa, it.exponent, "the factor's")
    try check(
      factor * factor <= 0x1p42 * Double(channels),
      "the factor is \(factor), expected at most 2^21 * sqrt(\(channels))")
    try validate(it.rule, channels: channels) { _ in 1 << 23 }
    _ = try write(it.output, rows: input.rows, channels: channels, .int8, low: it.rule.low)
  }

  mutating func validate(_ it: Requantize) throws(ModelFileError) {
    let input = try read(it.input, "input", .int16)
    try validate(it.rule, channels: it.input.channels) { _ in 1 << 23 }
    _ = try write(
      it.output, rows: input.rows, channels: it.input.channels, .int8, low: it.rule.low)
  }

  mutating func validate(_ it: Mean) throws(ModelFileError) {
    let input = try read(it.input, "input", .int8, .int16)
    let largest = input.type == .int8 ? 128 : 32768
    try validate(it.rule, channels: it.input.channels) { _ in largest * input.rows }
    try check(it.epilogue.residual == nil, "a mean has no residual")
    let low = try validate(it.epilogue, of: it.output, low: it.rule.low)
    _ = try write(it.output, rows: 1, channels: it.input.channels, .int8, .int16, low: low)
  }

  mutating func validate(_ it: Add) throws(ModelFileError) {
    let left = try read(it.left, "the first input", .int8, .int16)
    let right = try read(it.right, "the second input", left.type)
    try validateShapes(it.left, left, it.right, right)
    let multipliers = left.type == .int8 ? 0...1 << 14 : 0...0
    try check(it.leftMultiplier, in: multipliers, "the first multiplier")
    try check(it.rightMultiplier, in: multipliers, "the second multiplier")
    try validate(low: it.low, high: it.high)
    _ = try write(
      it.output, rows: left.rows, channels: it.left.channels, left.type, low: it.low)
  }

  mutating func validate(_ it: Multiply) throws(ModelFileError) {
    let left = try read(it.left, "the first input", .int8)
    let right = try read(it.right, "the second input", .int8)
    try validateShapes(it.left, left, it.right, right)
    try validate(it.rule, bound: 255 * 255)
    try validate(low: it.low, high: it.high)
    _ = try write(it.output, rows: left.rows, channels: it.left.channels, .int8, low: it.low)
  }

  /// One row of the second input may serve all rows.
  private func validateShapes(
    _ left: Operand, _ leftTensor: ActivationTensor, _ right: Operand,
    _ rightTensor: ActivationTensor
  ) throws(ModelFileError) {
    try check(
      right.channels == left.channels && [1, leftTensor.rows].contains(rightTensor.rows),
      "the inputs are \(leftTensor.rows) x \(left.channels) and \(rightTensor.rows) x \(right.channels), "
        + "expected one shape, or one row as the second")
  }

  mutating func validate(_ it: Lookup) throws(ModelFileError) {
    let input = try read(it.input, "input", .int8)
    let low = try lowestEntry(it.table)
    _ = try write(it.output, rows: input.rows, channels: it.input.channels, .int8, low: low)
  }

  mutating func validate(_ it: Gather) throws(ModelFileError) {
    let output = try tensor(it.output, "output")
    try check(it.inputs.count, in: 1...Self.countLimit, "the number of inputs")
    var counts: [Int] = []
    var low = 127
    for id in it.inputs {
      let input = try written(id, "input")
      try check(
        input.type == output.type && input.zeroPoint == output.zeroPoint,
        "input tensor \(id) is \(input.type.rawValue) with zero point \(input.zeroPoint), the output "
          + "\(output.type.rawValue) with \(output.zeroPoint)")
      counts.append(input.rows * input.channels)
      low = min(low, lowest[id] ?? -128)
    }
    let count = output.rows * output.channels
    try check(it.run, in: 1...count, "the run")
    try check(count % it.run == 0, "runs of \(it.run) do not cover \(count) elements")
    let runs = count / it.run
    try check(
      (it.sources == nil) == (it.inputs.count == 1),
      "\(it.inputs.count) inputs: sources are needed from two on")
    let offsets = try elements(it.offsets, Int32.self, .int32, runs, "offsets")
    let sources = try it.sources.map { (name) throws(ModelFileError) in
      try elements(name, Int32.self, .int32, runs, "sources")
    }
    for index in 0..<runs {
      let source = sources.map { Int($0[index]) } ?? 0
      try check(source, in: 0...counts.count - 1, "source \(index)")
      let offset = Int(offsets[index])
      try check(
        0 <= offset && offset <= counts[source] - it.run,
        "offset \(index) is \(offset): a run of \(it.run) ends outside the \(counts[source]) elements of its source"
      )
    }
    _ = try write(
      it.output, rows: output.rows, channels: output.channels, .int8, .int16, low: low)
  }
}
