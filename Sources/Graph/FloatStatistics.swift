internal import CSwiftletFloat

/// Passes over many floats that calibration makes, in C.
package enum FloatStatistics {
  /// Widens `low` and `high` to the extremes of the values below 2^126 in magnitude; returns how many values are not.
  package static func extremes(
    _ values: UnsafeBufferPointer<Float>, low: inout Float, high: inout Float
  ) -> Int {
    guard let base = values.baseAddress else { return 0 }
    return swiftlet_float_extremes(base, values.count, &low, &high)
  }

  /// Adds one to bin `zero + floor(value * scale)` for each value. The values are finite and lie in the bins, and the scale
  /// is a power of two.
  package static func count(
    _ values: UnsafeBufferPointer<Float>, scale: Float, zero: Int, into bins: inout [UInt64]
  ) {
    guard let base = values.baseAddress else { return }
    bins.withUnsafeMutableBufferPointer {
      swiftlet_float_histogram(base, values.count, scale, Int32(zero), $0.baseAddress)
    }
  }
}
