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
  /// Values that are not numbers or infinite.
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
    guard !values.isEmpty else { return }
    var low = Float.infinity
    var high = -Float.infinity
    for value in values {
      low = value < low ? value : low
      high = value > high ? value : high
    }
    guard low.isFinite, high.isFinite else { return addChecking(values) }
    if low < minimum { minimum = low }
    if high > maximum { maximum = high }
    grow(toHold: max(-low, high))
    count += UInt64(values.count)
    let scale = 1 / binWidth
    let middle = Self.binCount / 2
    var invalid: UInt64 = 0
    counts.withUnsafeMutableBufferPointer { counts in
      for value in values {
        // NaN compares false with everything and so passes the search for extremes.
        guard value == value else { invalid += 1; continue }
        // Exact, because the scale is a power of two: no bin depends on the limit at the time.
        counts[Int((value * scale).rounded(.down)) &+ middle] &+= 1
      }
    }
    count -= invalid
    invalidCount += invalid
  }

  private mutating func addChecking(_ values: UnsafeBufferPointer<Float>) {
    let finite = values.filter(\.isFinite)
    invalidCount += UInt64(values.count - finite.count)
    finite.withUnsafeBufferPointer { add($0) }
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
    while magnitude >= limit, limit < .greatestFiniteMagnitude / 4 { double() }
  }

  private mutating func double() {
    let half = Self.binCount / 2
    var merged = [UInt64](repeating: 0, count: Self.binCount)
    for bin in 0..<Self.binCount { merged[half / 2 + bin / 2] += counts[bin] }
    counts = merged
    limit *= 2
  }
}
