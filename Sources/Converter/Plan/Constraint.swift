package import SwiftletGraph
package import SwiftletProgram

/// What an operation asks of the types and ranges of the tensors that it reads and writes, and what it grants them.
package enum Constraint: Sendable {
  /// The tensor is int16.
  case int16(TensorID)
  /// Tensors are added into another: all have one type, and as int16 one scale. As int8 the sum's scale is at least each
  /// summand's, unless the sum `isStored` only through a table.
  case sum([Operand], into: TensorID, isStored: Bool)
  /// Elements move from tensors to another: all have one type, scale and zero point.
  case moved([TensorID], into: TensorID)
  /// The operand is int8 within -127...127 and has the zero point 0; its range is that of a graph's value.
  case symmetric(Operand, Graph.ValueID)
  /// A tensor's channels are summed over so many rows and divided by their number, in one rule.
  case mean(of: TensorID, rows: Int, into: TensorID)
  /// Weights take up the operand's scales, which may differ by channel.
  case weighted(WeightedOperand, into: TensorID)
  /// Each channel of the tensor may have a scale of its own; the limits are those of its ReLU or clip.
  case scaledByChannel(TensorID, Limits?)
  /// A value is stored as the argument of a function: its range is chosen by the error of the function's value.
  case argument(Graph.ValueID, of: Unary)
}

/// What a function lets through of its argument.
package struct Limits: Sendable, Equatable {
  var low, high: Float
}

/// An operand that is multiplied by weights: `[outputs][taps][channels]`, or `[channels][taps]` where each output has a channel
/// of its own.
package struct WeightedOperand: Sendable {
  var operand: Operand
  var weights: [Float]
  var outputs: Int
  var isDepthwise: Bool

  /// The least scale that a sum over both planes of an operand of this scale may have: the rule's factor for the high plane
  /// is then at most 64.
  func smallestSumScale(input: Double) -> Double {
    128 * input * Double(weights.lazy.map(\.magnitude).max() ?? 0) / (127 * 64)
  }

  /// What rounding the operand's tensor and the weights adds to the outputs, in mean squares, for scales by channel of the
  /// tensor.
  func noise(scales: [Double], statistics: ChannelStatistics) -> Double {
    let perOutput = weights.count / outputs
    var total = 0.0
    for n in 0..<outputs {
      var (rounded, largest, power) = (0.0, 0.0, 0.0)
      for k in 0..<perOutput {
        let c = operand.offset + (isDepthwise ? n : k % operand.channels)
        let weight = Double(weights[n * perOutput + k]) * scales[c]
        rounded += weight * weight / 12
        largest = max(largest, weight.magnitude)
        power += Double(statistics.meanSquare[c]) / (scales[c] * scales[c])
      }
      let step = largest / 127
      total += rounded + step * step / 12 * power
    }
    return total
  }
}

extension Unary {
  /// For functions that only limit their argument, the limits.
  var limits: Limits? {
    switch self {
    case .relu: Limits(low: 0, high: .infinity)
    case .clip(let low, let high): Limits(low: low, high: high)
    case .sigmoid, .tanh, .erf, .exp, .log, .sqrt, .reciprocal, .absolute, .negate, .floor, .ceil,
      .round, .sign, .sin, .cos, .softplus, .not, .gelu, .geluTanh, .silu, .hardSwish, .mish,
      .hardSigmoid, .leakyRelu, .elu, .composed:
      nil
    }
  }
}
