public import SwiftletProgram

extension Program {
  /// The multiply-adds of the model's convolutions, linear layers and attentions, padding excluded.
  public var macs: Int { instructions.reduce(0) { $0 + macs(of: $1) } }

  /// The multiply-adds of one instruction.
  ///
  /// - Parameter instruction: one of this program's.
  /// - Returns: 0 where it is not made of products.
  public func macs(of instruction: Instruction) -> Int {
    switch instruction {
    case .convolution(let it):
      let taps = it.window.map { $0.kernelHeight * $0.kernelWidth } ?? 1
      let output = tensors[it.output]
      return output.rows * output.channels * taps * it.input.channels
    case .depthwise(let it):
      let output = tensors[it.output]
      return output.rows * output.channels * it.window.kernelHeight * it.window.kernelWidth
    case .attention(let it):
      return it.groups * it.queryTokens * it.keyTokens * (it.query.channels + it.value.channels)
    case .layerNorm, .add, .multiply, .lookup, .requantize, .mean, .gather:
      return 0
    }
  }
}
