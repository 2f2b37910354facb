import CSwiftletKernels
import SwiftletProgram

/// Layer normalisation of int16 rows, to int8.
package struct LayerNormOperator: KernelOperator {
  private let it: LayerNorm
  private let kernels: KernelSet
  private let input: BoundRows
  private let output: BoundRows
  private let rule: BoundRule

  init(_ it: LayerNorm, _ memory: Binding) throws(ModelFileError) {
    self.it = it
    kernels = memory.kernels
    input = try memory.rows(it.input)
    output = try memory.rows(it.output)
    rule = try memory.rule(it.rule)
  }

  package func run(phase: Int, share: Share) {
    let rows = share.range(of: input.count)
    if rows.isEmpty { return }
    var call = swl_layer_norm(
      x: input.int16(row: rows.lowerBound), x_stride: input.stride, rows: Int32(rows.count),
      channels: Int32(input.channels), epsilon: it.epsilon, mantissa: Int32(it.mantissa),
      exponent: Int32(it.exponent),
      rule: rule.from(channel: 0, zeroPoint: output.zeroPoint),
      out: output.int8(row: rows.lowerBound), out_stride: output.stride)
    kernels.functions.pointee.layer_norm(&call)
  }
}
