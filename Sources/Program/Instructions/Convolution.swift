/// A convolution over a map, or a linear layer over rows (a 1 x 1 convolution): one GEMM.
package struct Convolution: Sendable, Equatable, Codable {
  /// The name of the node it came from.
  package var name: String
  /// int8 `[inputHeight * inputWidth, channels]`.
  package var input: Operand
  /// `[outputHeight * outputWidth, outputs]`, int8 or int16.
  package var output: TensorID
  /// nil for a linear layer: every input row gives one output row.
  package var window: Window?
  /// int8 panels `[N/16][K/4][16][4]`, K in the order (ky, [kx, c]); each run of a tap row (of a single tap where
  /// dilationX > 1) padded to 4, K padded to 64, N to 16, with zeros.
  package var weights: DataName
  /// int8 `[channels]`: what taps in the padding read; nil where there is no padding.
  package var padding: DataName?
  /// By output channel.
  package var rule: Rule
  /// Table and residual.
  package var epilogue: Epilogue

  /// Creates a convolution.
  package init(
    name: String, input: Operand, output: TensorID, window: Window?, weights: DataName,
    padding: DataName?, rule: Rule, epilogue: Epilogue
  ) {
    self.name = name
    self.input = input
    self.output = output
    self.window = window
    self.weights = weights
    self.padding = padding
    self.rule = rule
    self.epilogue = epilogue
  }
}

extension Convolution: InstructionBody {
  package var kind: String { window == nil ? "linear" : "convolution" }
  package var operands: [Operand] { [input] + epilogue.operands }
  package var data: [DataName] {
    [weights] + [padding].compactMap { $0 } + rule.data + epilogue.data
  }
  package var details: [String] { (window?.details ?? []) + rule.details + epilogue.details }

  package func macs(in program: Program) -> Int {
    program.tensors[output].elementCount * (window?.taps ?? 1) * input.channels
  }

  /// How the depth of the weights is laid out: `runs` runs of `run` values, each padded to a multiple of 4, and the whole
  /// to a multiple of 64. A linear layer has one run; a convolution one a tap row, or one a tap where it is dilated.
  package var depthLayout: (runs: Int, run: Int, depth: Int) {
    var (runs, run) = (1, input.channels)
    if let window {
      let joined = window.dilationX == 1 ? window.kernelWidth : 1
      runs = window.kernelHeight * (window.kernelWidth / joined)
      run = joined * input.channels
    }
    return (runs, run, padded(runs * padded(run, to: 4), to: 64))
  }

  package func validate(in validator: inout ProgramValidator) throws(ModelFileError) {
    var rows = try validator.read(input, "input", .int8).rows
    if let window {
      try validator.validate(window, rows: rows, channels: input.channels, padding)
      rows = window.outputHeight * window.outputWidth
    } else {
      try validator.check(padding == nil, "a linear layer has no padding")
    }
    let outputs = try validator.tensor(output, "output").channels
    let layout = depthLayout
    let panels = WeightPanels(
      outputs: outputs, runs: layout.runs, run: layout.run, depth: layout.depth)
    let sums = try validator.magnitudes(weights, panels)
    try validator.validate(rule, channels: outputs) { 128 * sums[$0] }
    let low = try validator.validate(epilogue, of: output, low: rule.low)
    try validator.write(output, rows: rows, channels: outputs, .int8, .int16, low: low)
  }
}
