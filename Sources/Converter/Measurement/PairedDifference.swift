/// The difference of two classifiers' top-1 on the same images, with a confidence interval.
///
/// Only images that one of the two gets right and the other wrong say anything about the difference. The limits are
/// those of Tango's score test of paired proportions (T. Tango, Equivalence test and confidence interval for the
/// difference in proportions for the paired-sample design, Statistics in Medicine 17, 1998): the differences whose
/// score statistic, with the other proportion at its most likely value, is within the normal quantile.
package struct PairedDifference: Sendable, Equatable {
  /// How the limits are found.
  package static let method = "Tango 1998, score"
  /// Of the interval.
  package static let confidence = 0.95
  private static let quantile = 1.959963984540054

  /// Images that only the first, and only the second, classifier gets right.
  package let lost: Int
  package let gained: Int
  /// All images.
  package let count: Int

  /// - Precondition: count is positive, and at least the sum of the others, which are not negative.
  package init(lost: Int, gained: Int, count: Int) {
    precondition(lost >= 0 && gained >= 0 && count > 0 && lost + gained <= count)
    self.lost = lost
    self.gained = gained
    self.count = count
  }

  /// The second classifier's top-1 minus the first one's.
  package var value: Double { Double(gained - lost) / Double(count) }

  /// The limits of the interval.
  package var interval: ClosedRange<Double> {
    limit(from: value, to: -1)...limit(from: value, to: 1)
  }

  /// The statistic for a difference; it falls from one limit to the other.
  func score(_ difference: Double) -> Double {
    let n = Double(count)
    let numerator = Double(gained - lost) - n * difference
    let variance = n * (2 * likelyLost(difference) + difference * (1 - difference))
    if variance <= 0 { return numerator == 0 ? 0 : numerator * .infinity }
    return numerator / variance.squareRoot()
  }

  /// The most likely share of images lost, if the difference is this.
  private func likelyLost(_ difference: Double) -> Double {
    let n = Double(count)
    let b = (2 * n - Double(gained - lost)) * difference - Double(gained + lost)
    let c = -Double(lost) * difference * (1 - difference)
    return (max(0, b * b - 8 * n * c).squareRoot() - b) / (4 * n)
  }

  /// Between a difference inside the interval and one at or beyond its limit, the limit.
  private func limit(from inside: Double, to outside: Double) -> Double {
    var (inside, outside) = (inside, outside)
    for _ in 0..<60 {
      let middle = (inside + outside) / 2
      if score(middle).magnitude <= Self.quantile { inside = middle } else { outside = middle }
    }
    return (inside + outside) / 2
  }
}
