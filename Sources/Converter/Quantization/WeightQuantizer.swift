/// One output channel's weights: int8 within -127...127, symmetric.
struct QuantizedChannel {
  var weights: [Int8]
  var scale: Double
  /// No weight is left: the channel is its bias.
  var isDead: Bool
}

enum WeightQuantizer {
  /// Rounds a channel's weights with the scale of the least squared error, at least `minimumScale`.
  static func quantize(_ weights: ArraySlice<Float>, minimumScale: Double) -> QuantizedChannel {
    let magnitude = Double(weights.lazy.map(\.magnitude).max() ?? 0)
    let full = magnitude / 127
    guard full > minimumScale else {
      let scale = max(minimumScale, full, .leastNormalMagnitude)
      let rounded = round(weights, scale: scale)
      return QuantizedChannel(
        weights: rounded, scale: scale, isDead: rounded.allSatisfy { $0 == 0 })
    }
    var best = full
    var least = error(weights, scale: full)
    for step in 1...20 {
      let scale = max(minimumScale, full * (1 - 0.02 * Double(step)))
      let candidate = error(weights, scale: scale)
      if candidate < least { (best, least) = (scale, candidate) }
    }
    return QuantizedChannel(weights: round(weights, scale: best), scale: best, isDead: false)
  }

  private static func round(_ weights: ArraySlice<Float>, scale: Double) -> [Int8] {
    weights.map { Int8(max(-127, min(127, (Double($0) / scale).rounded()))) }
  }

  private static func error(_ weights: ArraySlice<Float>, scale: Double) -> Double {
    var sum = 0.0
    for weight in weights {
      let value = Double(weight)
      let difference = max(-127, min(127, (value / scale).rounded())) * scale - value
      sum += difference * difference
    }
    return sum
  }
}
