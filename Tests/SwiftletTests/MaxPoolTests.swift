import SwiftletProgram
import Testing

/// Max pooling against plain loops, with every kernel set and several numbers of threads.
@Suite struct MaxPoolTests {
  static let cases = [
    WindowCase(
      height: 7, width: 9, channels: 16, kernel: (3, 3), stride: (2, 2), pad: (1, 1, 1, 1)),
    WindowCase(height: 8, width: 6, channels: 5, kernel: (2, 2), stride: (2, 2)),
    WindowCase(
      height: 6, width: 11, channels: 70, kernel: (1, 4), stride: (1, 3), pad: (0, 2, 0, 1)),
    WindowCase(
      height: 9, width: 5, channels: 33, kernel: (3, 2), dilation: (2, 3), pad: (4, 0, 0, 3)),
    // Of some windows all taps lie before and behind the map.
    WindowCase(
      height: 2, width: 2, channels: 3, kernel: (2, 2), dilation: (3, 3), pad: (2, 2, 2, 2)),
  ]

  @Test(arguments: cases) func maxPool(it: WindowCase) throws {
    var builder = ProgramBuilder(seed: 9, inputRows: 1, inputChannels: 1)
    let input = builder.constant(it.height * it.width, it.channels + 3, zeroPoint: 4)
    let window = it.window
    let output = builder.tensor(
      window.outputHeight * window.outputWidth, it.channels, zeroPoint: 4)
    builder.append(
      .maxPool(
        MaxPool(
          name: "maxPool", input: builder.operand(input, 2..<2 + it.channels), output: output,
          window: window)))
    try expectReference(&builder, output)
  }
}
