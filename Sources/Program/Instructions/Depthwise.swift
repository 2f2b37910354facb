/// A convolution whose groups are single channels; average pooling is one with weights of 1.
package struct Depthwise: Sendable, Equatable, Codable {
  /// The name of the node it came from.
  package var name: String
  /// int8 `[inputHeight * inputWidth, channels]`.
  package var input: Operand
  /// `[outputHeight * outputWidth, channels]`, int8 or int16.
  package var output: TensorID
  /// Geometry; kernelHeight * kernelWidth is at most 1024.
  package var window: Window
  /// int8 panels `[C/16][taps/4][16][4]`, taps row-major, padded to 4 with zeros.
  package var weights: DataName
  /// int8 `[channels]`: what taps in the padding read; nil where there is no padding.
  package var padding: DataName?
  /// By channel.
  package var rule: Rule
  /// Table and residual.
  package var epilogue: Epilogue

  /// Creates a depthwise convolution.
  package init(
    name: String, input: Operand, output: TensorID, window: Window, weights: DataName,
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

extension Depthwise: InstructionBody {
  package var kind: String { "depthwise" }
  package var operands: [Operand] { [input] + epilogue.operands }
  package var data: [DataName] {
    [weights] + [padding].compactMap { $0 } + rule.data + epilogue.data
  }
  package var details: [String] { window.details + rule.details + epilogue.details }

  package func macs(in program: Program) -> Int {
    program.tensors[output].elementCount * window.taps
  }

  package func validate(in validator: inout ProgramValidator) throws(ModelFileError) {
    let rows = try validator.read(input, "input", .int8).rows
    let channels = input.channels
    try validator.validate(window, rows: rows, channels: channels, padding)
    let taps = window.taps
    try validator.check(taps, in: 1...1024, "the number of taps")
    let panels = WeightPanels(outputs: channels, runs: 1, run: taps, depth: padded(taps, to: 4))
    let sums = try validator.magnitudes(weights, panels)
    try validator.validate(rule, channels: channels) { 128 * sums[$0] }
    let low = try validator.validate(epilogue, of: output, low: rule.low)
    try validator.write(
      output, rows: window.outputHeight * window.outputWidth, channels: channels, .int8, .int16,
      low: low)
  }
}
