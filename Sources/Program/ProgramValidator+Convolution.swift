extension ProgramValidator {
  mutating func validate(_ it: Convolution) throws(ModelFileError) {
    let input = try read(it.input, "input", .int8)
    var rows = input.rows
    if let window = it.window {
      try validate(window, rows: input.rows, channels: it.input.channels, it.padding)
      rows = window.outputHeight * window.outputWidth
    } else {
      try check(it.padding == nil, "a linear layer has no padding")
    }
    let outputs = try tensor(it.output, "output").channels
    let layout = it.depthLayout
    let weights = WeightPanels(
      outputs: outputs, runs: layout.runs, run: layout.run, depth: layout.depth)
    let sums = try magnitudes(it.weights, weights)
    try validate(it.rule, channels: outputs) { 128 * sums[$0] }
    let low = try validate(it.epilogue, of: it.output, low: it.rule.low)
    _ = try write(it.output, rows: rows, channels: outputs, .int8, .int16, low: low)
  }

  mutating func validate(_ it: Depthwise) throws(ModelFileError) {
    let input = try read(it.input, "input", .int8)
    let (window, channels) = (it.window, it.input.channels)
    try validate(window, rows: input.rows, channels: channels, it.padding)
    let taps = window.kernelHeight * window.kernelWidth
    try check(taps, in: 1...1024, "the number of taps")
    let weights = WeightPanels(
      outputs: channels, runs: 1, run: taps, depth: padded(taps, to: 4))
    let sums = try magnitudes(it.weights, weights)
    try validate(it.rule, channels: channels) { 128 * sums[$0] }
    let low = try validate(it.epilogue, of: it.output, low: it.rule.low)
    _ = try write(
      it.output, rows: window.outputHeight * window.outputWidth, channels: channels, .int8, .int16,
      low: low)
  }

  /// Every output's window overlaps the input, and the padded map has a sensible size.
  private func validate(
    _ window: Window, rows: Int, channels: Int, _ padding: DataName?
  ) throws(ModelFileError) {
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
    if let padding {
      _ = try elements(padding, Int8.self, .int8, channels, "padding values")
    } else {
      try check(!window.hasPadding, "taps in the padding, but no padding values")
    }
  }
}
