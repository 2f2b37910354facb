import SwiftletGraph

/// A signal and its error.
package struct SignalToNoise: Sendable, Equatable {
  private var signal = 0.0
  private var noise = 0.0

  package init() {}

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
