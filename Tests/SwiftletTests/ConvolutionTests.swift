import SwiftletProgram
import Testing

/// A window and the channels that it is moved over.
struct WindowCase: Sendable, CustomTestStringConvertible {
  var height: Int
  var width: Int
  var channels: Int
  var outputs = 0
  var kernel: (Int, Int)
  var stride: (Int, Int) = (1, 1)
  var dilation: (Int, Int) = (1, 1)
  /// Padding above, on the left, below, on the right.
  var pad: (Int, Int, Int, Int) = (0, 0, 0, 0)

  var window: Window {
    func size(_ input: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) -> Int {
      (input - (kernel - 1) * dilation - 1) / stride + 1
    }
    return Window(
      inputHeight: height, inputWidth: width,
      outputHeight: size(height + pad.0 + pad.2, kernel.0, stride.0, dilation.0),
      outputWidth: size(width + pad.1 + pad.3, kernel.1, stride.1, dilation.1),
      kernelHeight: kernel.0, kernelWidth: kernel.1, strideY: stride.0, strideX: stride.1,
      dilationY: dilation.0, dilationX: dilation.1, padTop: pad.0, padLeft: pad.1)
  }

  var isPadded: Bool { pad != (0, 0, 0, 0) }

  var testDescription: String {
    "\(height) x \(width) x \(channels) to \(outputs), kernel \(kernel), stride \(stride), "
      + "dilation \(dilation), pad \(pad)"
  }
}

@Suite struct ConvolutionTests {
  static let windows = [
    WindowCase(height: 7, width: 7, channels: 40, outputs: 33, kernel: (1, 1)),
    WindowCase(height: 9, width: 8, channels: 5, outputs: 17, kernel: (1, 1), stride: (2, 2)),
    WindowCase(height: 9, width: 11, channels: 16, outputs: 32, kernel: (3, 3), pad: (1, 1, 1, 1)),
    WindowCase(
      height: 12, width: 13, channels: 24, outputs: 20, kernel: (3, 3), stride: (2, 2),
      pad: (0, 1, 1, 1)),
    WindowCase(
      height: 12, width: 10, channels: 7, outputs: 9, kernel: (3, 3), dilation: (2, 2),
      pad: (2, 2, 2, 2)),
    WindowCase(
      height: 8, width: 9, channels: 12, outputs: 16, kernel: (3, 2), dilation: (3, 1),
      pad: (1, 0, 2, 1)),
    WindowCase(
      height: 21, width: 23, channels: 1, outputs: 16, kernel: (3, 3), stride: (2, 2),
      pad: (1, 1, 1, 1)),
    WindowCase(
      height: 20, width: 19, channels: 4, outputs: 24, kernel: (7, 7), stride: (4, 4),
      pad: (3, 3, 3, 3)),
    WindowCase(height: 16, width: 16, channels: 3, outputs: 48, kernel: (4, 4), stride: (4, 4)),
    WindowCase(height: 5, width: 3, channels: 200, outputs: 70, kernel: (3, 3), pad: (2, 2, 1, 2)),
    WindowCase(height: 30, width: 30, channels: 130, outputs: 8, kernel: (5, 1), pad: (2, 0, 2, 0)),
  ]

  @Test(arguments: windows) func matchesReference(_ it: WindowCase) throws {
    var builder = ProgramBuilder(
      seed: UInt64(it.height * 1000 + it.channels), inputRows: it.height * it.width,
      inputChannels: it.channels, zeroPoint: 3)
    let output = builder.convolution(
      builder.operand(builder.input), outputs: it.outputs, window: it.window, padded: it.isPadded)
    try expectReference(&builder, output)
  }

  @Test(arguments: windows) func matchesReferenceOnChannelsOfATensor(_ it: WindowCase) throws {
    var builder = ProgramBuilder(
      seed: 7, inputRows: it.height * it.width, inputChannels: it.channels + 9)
    let operand = builder.operand(builder.input, 5..<5 + it.channels)
    let output = builder.convolution(
      operand, outputs: it.outputs, window: it.window, padded: it.isPadded, type: .int16)
    try expectReference(&builder, output)
  }

  @Test(
    arguments: [
      (1, 64, 100), (2, 3, 200), (16, 130, 48), (49, 32, 16), (197, 48, 65), (300, 65, 7),
    ])
  func linearMatchesReference(rows: Int, channels: Int, outputs: Int) throws {
    for type in [ActivationType.int8, .int16] {
      var builder = ProgramBuilder(seed: UInt64(rows), inputRows: rows, inputChannels: channels)
      var last = builder.convolution(
        builder.operand(builder.input), outputs: outputs, type: type)
      // A residual of a slice of another tensor, and a table where the type allows one.
      let other = builder.constant(rows, outputs + 6, type)
      let epilogue = Epilogue(
        residual: .init(
          operand: builder.operand(other, 4..<4 + outputs),
          multiplier: type == .int8 ? 12345 : 0),
        table: type == .int8 ? builder.table() : nil)
      last = builder.convolution(
        builder.operand(builder.input), outputs: outputs, type: type, epilogue: epilogue,
        low: -100, high: 90)
      try expectReference(&builder, last)
    }
  }
}

@Suite struct DepthwiseTests {
  static let windows = [
    WindowCase(height: 9, width: 9, channels: 40, kernel: (3, 3), pad: (1, 1, 1, 1)),
    WindowCase(
      height: 14, width: 13, channels: 64, kernel: (3, 3), stride: (2, 2), pad: (1, 1, 1, 1)),
    WindowCase(
      height: 15, width: 12, channels: 17, kernel: (5, 5), stride: (2, 1), pad: (2, 2, 1, 2)),
    WindowCase(
      height: 12, width: 12, channels: 33, kernel: (3, 3), dilation: (2, 3), pad: (2, 3, 2, 3)),
    WindowCase(height: 8, width: 8, channels: 20, kernel: (2, 2), stride: (2, 2)),
    WindowCase(height: 7, width: 7, channels: 100, kernel: (7, 7)),
    WindowCase(height: 3, width: 2, channels: 1, kernel: (3, 3), pad: (1, 1, 1, 1)),
    WindowCase(
      height: 11, width: 9, channels: 16, kernel: (3, 1), stride: (4, 3), pad: (1, 0, 0, 0)),
    WindowCase(height: 6, width: 120, channels: 300, kernel: (5, 5), pad: (2, 2, 2, 2)),
  ]

  @Test(arguments: windows) func matchesReference(_ it: WindowCase) throws {
    var builder = ProgramBuilder(
      seed: UInt64(it.height * 1000 + it.channels), inputRows: it.height * it.width,
      inputChannels: it.channels)
    let output = builder.depthwise(
      builder.operand(builder.input), window: it.window, padded: it.isPadded)
    try expectReference(&builder, output)
  }

  @Test(arguments: windows) func matchesReferenceOnChannelsOfATensor(_ it: WindowCase) throws {
    var builder = ProgramBuilder(
      seed: 5, inputRows: it.height * it.width, inputChannels: it.channels + 20)
    let rows = it.window.outputHeight * it.window.outputWidth
    let residual = builder.constant(rows, it.channels, .int16)
    let output = builder.depthwise(
      builder.operand(builder.input, 3..<3 + it.channels), window: it.window, padded: it.isPadded,
      type: .int16,
      epilogue: Epilogue(residual: .init(operand: builder.operand(residual), multiplier: 0)))
    try expectReference(&builder, output)
  }
}
