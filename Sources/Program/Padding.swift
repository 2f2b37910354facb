/// The next multiple of 4, 16 or 64: how the file pads depths, channels and tensors.
package func padded(_ count: Int, to multiple: Int) -> Int {
  (count + multiple - 1) / multiple * multiple
}

extension Convolution {
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
}
