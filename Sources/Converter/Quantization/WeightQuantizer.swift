/// One output channel's weights: int8 within -127...127, symmetric.
struct QuantizedChannel {
  var weights: [Int8]
  var scale: Double
  /// No weight is left: the channel is its bias.
  var isDead: Bool
}

/// What is known of the values that an output channel's weights multiply.
struct WeightContext {
  /// A weight's rounding error counts by the variance of what the weight multiplies; nil: all count alike.
  var variance: [Double]?
  /// Weights whose values rise and fall together, as those of neighbouring taps do.
  var groups: [Group] = []

  struct Group {
    var members: [Int]
    /// Between the values of any two members, `[members][members]`.
    var correlation: [Double]
  }
}

enum WeightQuantizer {
  /// Rounds a channel's weights with the scale of the least squared error of its output, at least `minimumScale`.
  static func quantize(
    _ weights: ArraySlice<Float>, minimumScale: Double, context: WeightContext = WeightContext()
  ) -> QuantizedChannel {
    let weights = Array(weights)
    let magnitude = Double(weights.lazy.map(\.magnitude).max() ?? 0)
    let full = magnitude / 127
    guard full > minimumScale else {
      let scale = max(minimumScale, full, .leastNormalMagnitude)
      let rounded = Rounding(weights, scale: scale, context)
      return QuantizedChannel(
        weights: rounded.weights, scale: scale, isDead: rounded.weights.allSatisfy { $0 == 0 })
    }
    var best = Rounding(weights, scale: full, context)
    for step in 1...20 {
      let scale = max(minimumScale, full * (1 - 0.02 * Double(step)))
      let candidate = Rounding(weights, scale: scale, context)
      if candidate.error < best.error { best = candidate }
    }
    return QuantizedChannel(weights: best.weights, scale: best.scale, isDead: false)
  }
}

/// A channel's weights rounded with one scale.
private struct Rounding {
  var weights: [Int8]
  var scale: Double
  /// The mean squared error of the output, in real units.
  var error: Double

  init(_ exact: [Float], scale: Double, _ context: WeightContext) {
    self.scale = scale
    var steps = exact.map { max(-127, min(127, (Double($0) / scale).rounded())) }
    var error = 0.0
    if context.groups.isEmpty {
      for k in exact.indices {
        let difference = steps[k] - Double(exact[k]) / scale
        error += difference * difference * (context.variance?[k] ?? 1)
      }
    }
    for group in context.groups {
      let variance = group.members.first.flatMap { context.variance?[$0] } ?? 1
      error += variance * Self.balance(&steps, group, exact, scale)
    }
    weights = steps.map { Int8($0) }
    self.error = error * scale * scale
  }

  /// Rounds weights of a group the other way while that lowers the mean squared sum of their errors, which is returned.
  private static func balance(
    _ steps: inout [Double], _ group: WeightContext.Group, _ exact: [Float], _ scale: Double
  ) -> Double {
    let count = group.members.count
    var errors = group.members.map { steps[$0] - Double(exact[$0]) / scale }
    // How the sum changes with each error.
    var slopes = (0..<count).map { i in
      (0..<count).reduce(0) { $0 + group.correlation[i * count + $1] * errors[$1] }
    }
    while true {
      var (best, least) = (0, -1e-9)
      for i in 0..<count where errors[i] != 0 {
        let sign: Double = errors[i] > 0 ? 1 : -1
        let change = group.correlation[i * count + i] - 2 * sign * slopes[i]
        if change < least, abs(steps[group.members[i]] - sign) <= 127 {
          (best, least) = (i, change)
        }
      }
      guard least < -1e-9 else { break }
      let sign: Double = errors[best] > 0 ? 1 : -1
      steps[group.members[best]] -= sign
      errors[best] -= sign
      for i in 0..<count { slopes[i] -= sign * group.correlation[i * count + best] }
    }
    return zip(errors, slopes).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
