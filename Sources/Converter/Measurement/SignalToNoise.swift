import SwiftletGraph

/// A signal and its error.
package struct SignalToNoise: Sendable, Equatable {
  private var signal = 0.0
  private var noise = 0.0

  package init() {}

  fileprivate init(signal: Double, noise: Double) { (self.signal, self.noise) = (signal, noise) }

  package mutating func add(_ exact: Double, _ approximate: Double) {
    signal += exact * exact
    noise += (exact - approximate) * (exact - approximate)
  }

  /// The error's power as a share of the signal's.
  package var errorShare: Double { noise / max(signal, .leastNormalMagnitude) }

  /// The ratio of their powers in decibels; nil where there is no signal or no error to measure.
  package var decibels: Double? {
    signal > 0 && noise > 0 ? 10 * log10(signal / noise) : nil
  }

  /// Base-10 logarithm by the natural one that the oracle uses.
  private func log10(_ ratio: Double) -> Double {
    Double(ratio.exponent) * 0.30102999566398120
      + Double(Unary.log(Float(ratio.significand))) * 0.43429448190325182
  }
}

/// The ratio over vectors that inputs give, with what each element is on average taken out of the signal: what is left tells
/// the inputs apart.
package struct VariationToNoise: Sendable, Equatable {
  private var count = 0.0
  private var means: [Double] = []
  private var signal = 0.0
  private var noise = 0.0

  package init() {}

  /// Adds one input's vectors, which are all of one length.
  package mutating func add(_ exact: some Sequence<Float>, _ approximate: some Sequence<Float>) {
    count += 1
    for (index, (exact, approximate)) in zip(exact, approximate).enumerated() {
      if count == 1 { means.append(0) }
      // Welford's update: exactly zero where all are equal.
      let (value, old) = (Double(exact), means[index])
      means[index] += (value - old) / count
      signal += (value - old) * (value - means[index])
      noise += (value - Double(approximate)) * (value - Double(approximate))
    }
  }

  /// Whether the exact vectors differ at all.
  package var varies: Bool { signal > 0 }

  /// The ratio of their powers in decibels; nil where there is no signal or no error to measure.
  package var decibels: Double? { SignalToNoise(signal: signal, noise: noise).decibels }
}
