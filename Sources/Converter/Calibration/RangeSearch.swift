package import SwiftletGraph

/// How a tensor's range is chosen from its histogram.
package enum CalibrationMethod: String, Sendable, CaseIterable {
  /// The range with the least mean squared quantization error.
  case mse
  /// Everything that was seen.
  case minmax
  /// All but 0.01 % of the values at each end.
  case percentile
}

/// The real values that the ends of a quantized tensor stand for.
package struct ValueRange: Sendable, Equatable, Codable {
  package var low: Float
  package var high: Float

  package init(low: Float, high: Float) {
    self.low = low
    self.high = high
  }

  package var magnitude: Float { max(-low, high) }
  package var width: Float { high - low }

  /// The smallest range that holds both.
  package func union(_ other: ValueRange) -> ValueRange {
    ValueRange(low: min(low, other.low), high: max(high, other.high))
  }
}

/// Chooses ranges from histograms.
package struct RangeSearch {
  package var method: CalibrationMethod
  private static let steps = 48

  package init(method: CalibrationMethod) { self.method = method }

  /// The range of an int8 tensor: affine over 256 values that include zero, or symmetric over 255.
  package func range(of histogram: Histogram, isSymmetric: Bool) -> ValueRange {
    let full = seen(histogram)
    switch method {
    case .minmax: return isSymmetric ? symmetric(full.magnitude) : full
    case .percentile:
      let cut = percentile(histogram, share: 0.0001)
      return isSymmetric ? symmetric(cut.magnitude) : cut
    case .mse:
      let sums = PrefixSums(histogram)
      return best(full: full, isSymmetric: isSymmetric) { range in
        sums.error(range, levels: isSymmetric ? 255 : 256)
      }
    }
  }

  /// The range of the int8 input of a table: the one with the least error of the table's output.
  package func range(of histogram: Histogram, before function: Unary) -> ValueRange {
    let full = seen(histogram)
    guard method == .mse else { return full }
    // Every bin counts: with few points a step, ranges whose steps fall on the points would seem exact.
    let occupied = histogram.counts.indices.filter { histogram.counts[$0] > 0 }
    let centers = occupied.map { histogram.center(of: $0) }
    let weights = occupied.map { Float(histogram.counts[$0]) }
    let exact = function.values(at: centers)
    return best(full: full, isSymmetric: false, steps: 12) { range in
      let scale = (range.high - range.low) / 255
      let outputs = function.values(at: (0..<256).map { range.low + Float($0) * scale })
      var error: Float = 0
      for index in centers.indices {
        let step = min(max((centers[index] - range.low) / scale, 0), 255)
        let difference = outputs[Int(step + 0.5)] - exact[index]
        error += weights[index] * difference * difference
      }
      return error
    }
  }

  /// No range is narrower.
  static let narrowest: Float = 1e-12

  /// What was seen, widened to hold zero and to be no point.
  package func seen(_ histogram: Histogram) -> ValueRange {
    var range = ValueRange(
      low: min(histogram.minimum, 0), high: max(histogram.maximum, 0))
    if range.width < Self.narrowest { range.high = range.low + Self.narrowest }
    return range
  }

  private func symmetric(_ magnitude: Float) -> ValueRange {
    ValueRange(low: -magnitude, high: magnitude)
  }

  private func percentile(_ histogram: Histogram, share: Double) -> ValueRange {
    let limit = UInt64(Double(histogram.count) * share)
    var (low, high) = (0, Histogram.binCount - 1)
    var cut: UInt64 = 0
    while low < high, cut + histogram.counts[low] <= limit {
      cut += histogram.counts[low]
      low += 1
    }
    cut = 0
    while high > low, cut + histogram.counts[high] <= limit {
      cut += histogram.counts[high]
      high -= 1
    }
    let half = histogram.binWidth / 2
    let full = seen(histogram)
    return ValueRange(
      low: max(full.low, min(0, histogram.center(of: low) - half)),
      high: min(full.high, max(0, histogram.center(of: high) + half)))
  }

  /// The cheapest of the ranges that cut the ends by the same or by different factors: a grid over all factors, then a
  /// finer one around its best point.
  private func best(
    full: ValueRange, isSymmetric: Bool, steps: Int = Self.steps,
    error: (ValueRange) -> Float
  ) -> ValueRange {
    func range(_ factors: (low: Float, high: Float)) -> ValueRange {
      isSymmetric
        ? symmetric(full.magnitude * factors.high)
        : ValueRange(low: full.low * factors.low, high: full.high * factors.high)
    }
    let cutsLow = !isSymmetric && full.low < 0
    let cutsHigh = isSymmetric || full.high > 0
    var best: (low: Float, high: Float) = (1, 1)
    var least = error(range(best))
    func search(low: [Float], high: [Float]) {
      for lowFactor in cutsLow ? low : [1] {
        for highFactor in cutsHigh ? high : [1] {
          let candidate = error(range((lowFactor, highFactor)))
          if candidate < least { (best, least) = ((lowFactor, highFactor), candidate) }
        }
      }
    }
    let grid = (1...steps).map { Float($0) / Float(steps) }
    search(low: grid, high: grid)
    let finer = (-3...3).map { Float($0) / Float(4 * steps) }
    let center = best
    search(
      low: finer.map { center.low + $0 }.filter { $0 > 0 && $0 <= 1 },
      high: finer.map { center.high + $0 }.filter { $0 > 0 && $0 <= 1 })
    return range(best)
  }
}

/// Running sums over a histogram's bins, so that a range's error takes constant time.
private struct PrefixSums {
  private var counts: [Double] = [0]
  private var sums: [Double] = [0]
  private var squares: [Double] = [0]
  private let histogram: Histogram

  init(_ histogram: Histogram) {
    self.histogram = histogram
    for (bin, count) in histogram.counts.enumerated() {
      let (center, weight) = (Double(histogram.center(of: bin)), Double(count))
      counts.append(counts[bin] + weight)
      sums.append(sums[bin] + weight * center)
      squares.append(squares[bin] + weight * center * center)
    }
  }

  /// Rounding error inside the range (a twelfth of the squared step) and clipping error outside.
  func error(_ range: ValueRange, levels: Int) -> Float {
    let step = Double(range.high - range.low) / Double(levels - 1)
    let (low, high) = (bin(of: range.low), bin(of: range.high))
    let inside = counts[high] - counts[low]
    return Float(
      inside * step * step / 12 + clipping(at: Double(range.low), from: 0, to: low)
        + clipping(at: Double(range.high), from: high, to: Histogram.binCount))
  }

  private func clipping(at edge: Double, from: Int, to: Int) -> Double {
    let n = counts[to] - counts[from]
    return max(
      0, squares[to] - squares[from] - 2 * edge * (sums[to] - sums[from]) + n * edge * edge)
  }

  private func bin(of value: Float) -> Int {
    let position = (value / histogram.binWidth).rounded() + Float(Histogram.binCount / 2)
    return min(max(Int(position), 0), Histogram.binCount)
  }
}
