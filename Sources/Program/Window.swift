/// The geometry of a window moved over a map.
package struct Window: Sendable, Equatable, Codable {
  /// Rows and columns of the input map.
  package var inputHeight: Int
  /// Columns of the input map.
  package var inputWidth: Int
  /// Rows of the output map.
  package var outputHeight: Int
  /// Columns of the output map.
  package var outputWidth: Int
  /// Taps, vertically.
  package var kernelHeight: Int
  /// Taps, horizontally.
  package var kernelWidth: Int
  /// Rows between outputs.
  package var strideY: Int
  /// Columns between outputs.
  package var strideX: Int
  /// Rows between taps.
  package var dilationY: Int
  /// Columns between taps.
  package var dilationX: Int
  /// Rows of padding above.
  package var padTop: Int
  /// Columns of padding on the left.
  package var padLeft: Int

  /// Creates a window.
  package init(
    inputHeight: Int, inputWidth: Int, outputHeight: Int, outputWidth: Int, kernelHeight: Int,
    kernelWidth: Int, strideY: Int = 1, strideX: Int = 1, dilationY: Int = 1, dilationX: Int = 1,
    padTop: Int = 0, padLeft: Int = 0
  ) {
    self.inputHeight = inputHeight
    self.inputWidth = inputWidth
    self.outputHeight = outputHeight
    self.outputWidth = outputWidth
    self.kernelHeight = kernelHeight
    self.kernelWidth = kernelWidth
    self.strideY = strideY
    self.strideX = strideX
    self.dilationY = dilationY
    self.dilationX = dilationX
    self.padTop = padTop
    self.padLeft = padLeft
  }
}

extension Window {
  /// Rows from the first tap to the last.
  package var extentY: Int { (kernelHeight - 1) * dilationY + 1 }
  /// Columns from the first tap to the last.
  package var extentX: Int { (kernelWidth - 1) * dilationX + 1 }
  /// Rows of the padded input that the outputs read.
  package var paddedHeight: Int { (outputHeight - 1) * strideY + extentY }
  /// Columns of the padded input that the outputs read.
  package var paddedWidth: Int { (outputWidth - 1) * strideX + extentX }
  /// Whether a tap reads outside the input.
  package var hasPadding: Bool {
    padTop > 0 || padLeft > 0 || paddedHeight > inputHeight || paddedWidth > inputWidth
  }
  /// Taps of the kernel.
  package var taps: Int { kernelHeight * kernelWidth }

  /// What `InstructionBody.details` says of it.
  var details: [String] {
    var details = ["\(kernelHeight)x\(kernelWidth)"]
    if strideY > 1 || strideX > 1 { details.append("stride \(strideY)x\(strideX)") }
    if dilationY > 1 || dilationX > 1 { details.append("dilation \(dilationY)x\(dilationX)") }
    if padTop > 0 || padLeft > 0 { details.append("pad \(padTop)x\(padLeft)") }
    return details + ["on \(inputHeight)x\(inputWidth)"]
  }
}

extension ProgramValidator {
  /// As `validate(_:rows:channels:)`, for taps in the padding that read the values of a tensor.
  func validate(
    _ window: Window, rows: Int, channels: Int, _ padding: DataName?
  ) throws(ModelFileError) {
    try validate(window, rows: rows, channels: channels)
    if let padding {
      _ = try elements(padding, Int8.self, .int8, channels, "padding values")
    } else {
      try check(!window.hasPadding, "taps in the padding, but no padding values")
    }
  }

  /// Every output's window overlaps the input, and the padded map has a sensible size.
  func validate(_ window: Window, rows: Int, channels: Int) throws(ModelFileError) {
    let sides = 1...Self.sideLimit
    try check(window.inputHeight, in: sides, "the window's input height")
    try check(window.inputWidth, in: sides, "the window's input width")
    try check(window.outputHeight, in: sides, "the window's output height")
    try check(window.outputWidth, in: sides, "the window's output width")
    try check(window.kernelHeight, in: sides, "the kernel's height")
    try check(window.kernelWidth, in: sides, "the kernel's width")
    try check(window.strideY, in: sides, "the vertical stride")
    try check(window.strideX, in: sides, "the horizontal stride")
    try check(window.dilationY, in: sides, "the vertical dilation")
    try check(window.dilationX, in: sides, "the horizontal dilation")
    try check(window.extentY, in: sides, "the window's height")
    try check(window.extentX, in: sides, "the window's width")
    try check(
      window.inputHeight * window.inputWidth == rows,
      "the window's input is \(window.inputHeight) x \(window.inputWidth), the input has \(rows) rows"
    )
    try check(window.padTop, in: 0...window.extentY - 1, "padding above")
    try check(window.padLeft, in: 0...window.extentX - 1, "padding on the left")
    try check(
      (window.outputHeight - 1) * window.strideY - window.padTop < window.inputHeight,
      "the output height is \(window.outputHeight): the last window starts below the input")
    try check(
      (window.outputWidth - 1) * window.strideX - window.padLeft < window.inputWidth,
      "the output width is \(window.outputWidth): the last window starts right of the input")
    let pixels = window.paddedHeight * window.paddedWidth
    try check(
      pixels <= Self.elementLimit && pixels * channels <= Self.elementLimit,
      "the padded input has \(pixels) x \(channels) elements, expected at most \(Self.elementLimit)"
    )
  }
}
