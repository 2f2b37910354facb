import SwiftletGraph
import SwiftletProgram

/// What a layer's weights multiply: by channel, how integers of the input relate to the real values of the float model.
///
/// A weight w of the float model becomes w * factor, and adds w * factor * shift to the bias; the sum of products is then in
/// real units times `scale`.
struct LayerInput {
  var factors: [Double]
  var shifts: [Double]
  /// By channel, or one for all.
  var scales: [Double]
  /// Mean, variance and correlation of neighbours of what the weights multiply; nil where calibration did not see it.
  var mean: [Double]?
  var variance: [Double]?
  var correlation: [Double]?

  /// A tensor of the program. The layer has one scale for all channels, or (depthwise) one for each.
  init(
    _ operand: Operand, _ quantization: Quantization, isDepthwise: Bool,
    statistics: ChannelStatistics?
  ) {
    let channels = operand.offset..<operand.offset + operand.channels
    let own = channels.map { quantization.scale($0) }
    let largest = own.max() ?? 1
    factors = isDepthwise ? own.map { _ in 1 } : own.map { $0 / largest }
    shifts = own.map { _ in 0 }
    scales = isDepthwise ? own : [largest]
    guard let statistics, statistics.mean.count >= channels.upperBound else { return }
    correlation = channels.map { Double(statistics.correlation[$0]) }
    let means = zip(channels, factors).map { Double(statistics.mean[$0]) / $1 }
    mean = means
    variance = zip(channels, factors).enumerated().map { index, pair in
      max(
        0, Double(statistics.meanSquare[pair.0]) / (pair.1 * pair.1) - means[index] * means[index])
    }
  }

  /// An image: bytes minus 128, whose mean and deviation the weights take up.
  init(image preprocessing: Preprocessing, channels: Int, statistics: ChannelStatistics?) {
    // The channel that only pads a pixel has no weights.
    let deviations = (0..<channels).map { 255 * preprocessing.deviation($0) }
    let zeros = (0..<channels).map { preprocessing.zeroByte($0) ?? 128 }
    factors = deviations.map { 1 / $0 }
    shifts = zeros.map { 128 - $0 }
    scales = [1]
    guard let statistics, statistics.mean.count == channels else { return }
    correlation = statistics.correlation.map { Double($0) }
    mean = (0..<channels).map { c in
      Double(statistics.mean[c]) * deviations[c] + zeros[c] - 128
    }
    variance = (0..<channels).map { c in
      let mean = Double(statistics.mean[c])
      return max(0, Double(statistics.meanSquare[c]) - mean * mean) * deviations[c] * deviations[c]
    }
  }

  func scale(_ channel: Int) -> Double { scales[scales.count == 1 ? 0 : channel] }

  /// What the weights of an output channel multiply: for a depthwise layer, of channel n.
  func context(of layer: Plan.Layer, n: Int) -> WeightContext {
    guard let variance, let correlation else { return WeightContext() }
    let perOutput = layer.weights.count / layer.outputs
    let isDepthwise = layer.isDepthwise
    let channels = isDepthwise ? 1 : variance.count
    func channel(_ k: Int) -> Int { isDepthwise ? n : k % channels }
    var context = WeightContext(variance: (0..<perOutput).map { variance[channel($0)] })
    guard let window = layer.window, perOutput > channels else { return context }
    // The colours of a pixel are alike as neighbours are.
    let isImage = shifts.contains { $0 != 0 }
    let groups =
      isImage
      ? [Array(0..<perOutput)]
      : (0..<channels).map { c in
        Array(stride(from: c, to: perOutput, by: channels))
      }
    for group in groups {
      let members = group.filter { variance[channel($0)] > 0 }
      context.groups.append(
        .init(
          members: members,
          correlation: members.flatMap { a in
            members.map { b in
              let (tapA, tapB) = (a / channels, b / channels)
              let steps =
                abs(tapA / window.kernelWidth - tapB / window.kernelWidth) * window.dilationY
                + abs(tapA % window.kernelWidth - tapB % window.kernelWidth) * window.dilationX
                + (channel(a) == channel(b) ? 0 : 1)
              return power(min(correlation[channel(a)], correlation[channel(b)]), steps)
            }
          }))
    }
    return context
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }

  /// What rounding the weights adds to an output on average.
  func meanError(of channel: QuantizedChannel, exact: [Float], channelOf: (Int) -> Int) -> Double {
    guard let mean else { return 0 }
    return exact.indices.reduce(0) { sum, k in
      let rounded = Double(channel.weights[k]) * channel.scale
      return sum + (rounded - Double(exact[k])) * mean[channelOf(k)]
    }
  }
}
