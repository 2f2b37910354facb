/// The largest value under a window, by channel; taps in the padding count for nothing.
///
/// Input and output share one scale and zero point.
package struct MaxPool: Sendable, Equatable, Codable {
  /// The name of the node it came from.
  package var name: String
  /// int8 `[inputHeight * inputWidth, channels]`.
  package var input: Operand
  /// int8 `[outputHeight * outputWidth, channels]`.
  package var output: TensorID
  /// Geometry.
  package var window: Window

  /// Creates a max pooling.
  package init(name: String, input: Operand, output: TensorID, window: Window) {
    self.name = name
    self.input = input
    self.output = output
    self.window = window
  }
}

extension MaxPool: InstructionBody {
  package var kind: String { "maxPool" }
  package var operands: [Operand] { [input] }
  package var data: [DataName] { [] }
  package var details: [String] { window.details }

  package func validate(in validator: inout ProgramValidator) throws(ModelFileError) {
    let source = try validator.read(input, "input", .int8)
    try validator.validate(window, rows: source.rows, channels: input.channels)
    try validator.checkAlike(input.tensor, output)
    // A window without gaps between its taps has one inside the map.
    let hasInside = window.dilationY == 1 && window.dilationX == 1 || !window.hasPadding
    try validator.write(
      output, rows: window.outputHeight * window.outputWidth, channels: input.channels, .int8,
      low: hasInside ? validator.lowest[input.tensor] ?? -128 : -128)
  }
}
