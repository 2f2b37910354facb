import SwiftletGraph

/// A streaming histogram of one tensor: fixed memory, and the same result in whatever order images come.
///
/// The bins divide -limit..<limit evenly; limit is a power of two that doubles (neighbouring bins merge) when a value
/// lies outside. So the histogram of a union is the sum of histograms.
package struct Histogram: Sendable, Equatable {
  package static let binCount = 4096

  package private(set) var counts: [UInt64]
  package private(set) var limit: Float
  package private(set) var minimum: Float = .infinity
  package private(set) var maximum: Float = -.infinity
  package private(set) var count: UInt64 = 0
  /// Values that are no numbers, or 2^126 or more in magnitude.
  package private(set) var invalidCount: UInt64 = 0

  package init() {
    counts = Array(repeating: 0, count: Self.binCount)
    limit = 0x1p-20
  }

  package var binWidth: Float { limit / Float(Self.binCount / 2) }

  /// The middle of a bin.
  package func center(of bin: Int) -> Float {
    (Float(bin - Self.binCount / 2) + 0.5) * binWidth
  }

  package mutating func add(_ values: UnsafeBufferPointer<Float>) {
    let invalid = FloatStatistics.extremes(values, low: &minimum, high: &maximum)
    guard invalid == 0 else {
      invalidCount += UInt64(invalid)
      return values.filter { $0.magnitude < 0x1p126 }.withUnsafeBufferPointer { add($0) }
    }
    grow(toHold: max(-minimum, maximum))
    count += UInt64(values.count)
    FloatStatistics.count(values, scale: 1 / binWidth, zero: Self.binCount / 2, into: &counts)
  }

  package mutating func merge(_ other: Histogram) {
    var other = other
    let common = max(limit, other.limit)
    while limit < common { double() }
    while other.limit < common { other.double() }
    for bin in counts.indices { counts[bin] += other.counts[bin] }
    minimum = min(minimum, other.minimum)
    maximum = max(maximum, other.maximum)
    count += other.count
    invalidCount += other.invalidCount
  }

  private mutating func grow(toHold magnitude: Float) {
    while magnitude >= limit {
      if count == 0 { limit *= 2 } else { double() }
    }
  }

  private mutating func double() {
    let half = Self.binCount / 2
    var merged = [UInt64](repeating: 0, count: Self.binCount)
    for bin in 0..<Self.binCount { merged[half / 2 + bin / 2] += counts[bin] }
    counts = merged
    limit *= 2
  }
}
