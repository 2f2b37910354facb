import SwiftletGraph
import SwiftletProgram

extension Plan {
  /// Layer normalisation over channels.
  package struct LayerNorm: OperationBody {
    var input: Operand
    var gamma: [Float]
    var beta: [Float]
    var epsilon: Float

    var inputs: [TensorID] { [input.tensor] }
    var writesInt16: Bool { false }

    func constraints(writing output: TensorID, in plan: Plan) -> [Constraint] {
      [.int16(input.tensor), .scaledByChannel(output, nil)]
    }

    func emit(_ operation: Operation, into quantizer: inout Quantizer) throws {
      let source = try quantizer.tensor(input.tensor, as: .int16)
      let scale = quantizer.quantization(of: source).scales[0]
      let channels = Double(input.channels)
      // w is at most sqrt(N) standard deviations; a power of two of headroom keeps it exact.
      let normalScale = exp2(Int((32767 / channels.squareRoot()).exponent))
      let factor = MantissaEncoding(normalScale / 256 * channels)
      let constant = max(
        1, min(0x1p62, (channels * channels * Double(epsilon) / (scale * scale)).rounded()))

      let output = try quantizer.narrowOutput(operation)
      let narrow = quantizer.quantization(of: output)
      var columns = RuleColumns()
      for c in 0..<input.channels {
        try columns.appendRaising(
          factor: 64 * Double(gamma[c]) / (narrow.scale(c) * 256 * normalScale),
          offset: 64 * Double(beta[c]) / narrow.scale(c), sum: 1 << 23, isInt16: false)
      }
      let rule = quantizer.addRule(columns, low: narrow.low)
      quantizer.instructions.append(
        .layerNorm(
          SwiftletProgram.LayerNorm(
            name: operation.name, input: input.moved(to: source), output: output,
            epsilon: UInt64(constant), mantissa: factor.mantissa, exponent: factor.exponent,
            rule: rule)))
      try quantizer.widenIfNeeded(output, operation)
    }
  }
}

extension Lowerer {
  mutating func lowerLayerNorm(axis: Int, epsilon: Float, _ node: Graph.Node) throws {
    let x = try input(node, 0)
    guard axis == shape(x).count - 1, let channels = shape(x).last else {
      throw Unsupported("layer normalisation over more than the last axis")
    }
    let gamma = try constant(node, 1, "scale")
    let beta =
      node.inputs.count > 2 && node.inputs[2] != nil
      ? try constant(node, 2, "bias") : Array(repeating: 0, count: channels)
    var view = try independentRows(try map(of: x), channels: channels, name: node.name)
    if view.channels != plan.tensors[view.tensor].channels {
      view = try gatheredRows(try map(of: x), channels: channels, name: node.name)
    }
    try emit(
      .layerNorm(
        .init(input: plan.operand(view.tensor), gamma: gamma, beta: beta, epsilon: epsilon)),
      node: node, rows: view.rows.count, channels: channels,
      positions: rowPositions(view.rows, channels: channels))
  }
}
