import CSwiftletKernels

/// Layer normalisation of int16 rows, to int8.
package struct LayerNormOperator: KernelOperator {
  private let kernels: KernelSet
  private let input: BoundRows
  private let output: BoundRows
  private let epsilon: UInt64
  private let mantissa: Int32
  private let exponent: Int32
  private let rule: BoundRule

  package init(
    kernels: KernelSet, input: BoundRows, output: BoundRows, epsilon: UInt64, mantissa: Int32,
    exponent: Int32, rule: BoundRule
  ) {
    self.kernels = kernels
    self.input = input
    self.output = output
    self.epsilon = epsilon
    self.mantissa = mantissa
    self.exponent = exponent
    self.rule = rule
  }

  package func run(phase: Int, share: Share) {
    let rows = share.range(of: input.count)
    if rows.isEmpty { return }
    var call = swl_layer_norm(
      x: input.int16(row: rows.lowerBound), x_stride: input.stride, rows: Int32(rows.count),
      channels: Int32(input.channels), epsilon: epsilon, mantissa: mantissa, exponent: exponent,
      rule: rule.from(channel: 0, zeroPoint: output.zeroPoint),
      out: output.int8(row: rows.lowerBound), out_stride: output.stride)
    kernels.functions.pointee.layer_norm(&call)
  }
}
