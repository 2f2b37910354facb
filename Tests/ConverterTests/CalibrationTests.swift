import SwiftletConverter
import SwiftletGraph
import Testing

@Suite struct HistogramTests {
  @Test(arguments: 0..<10) func mergingIsTheUnionInAnyOrder(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let parts = (0..<4).map { _ in
      random.normals(500, scale: Float.random(in: 0.001...100, using: &random))
    }
    var whole = Histogram()
    for part in parts { part.withUnsafeBufferPointer { whole.add($0) } }
    var merged = Histogram()
    for part in parts.reversed() {
      var own = Histogram()
      part.withUnsafeBufferPointer { own.add($0) }
      merged.merge(own)
    }
    #expect(whole == merged)
    #expect(whole.count == 2000 && whole.counts.reduce(0, +) == 2000)
    #expect(whole.maximum == parts.joined().max() && whole.minimum == parts.joined().min())
  }

  @Test func valuesThatAreNotFiniteAreCounted() {
    var histogram = Histogram()
    [1, .nan, .infinity, -2].withUnsafeBufferPointer { histogram.add($0) }
    #expect(histogram.invalidCount == 2 && histogram.count == 2)
    #expect(histogram.minimum == -2 && histogram.maximum == 1)
  }
}

@Suite struct RangeSearchTests {
  private func histogram(_ values: [Float]) -> Histogram {
    var result = Histogram()
    values.withUnsafeBufferPointer { result.add($0) }
    return result
  }

  private func error(_ values: [Float], _ range: ValueRange) -> Double {
    let scale = (range.high - range.low) / 255
    return values.reduce(0) { sum, value in
      let step = max(0, min(255, ((value - range.low) / scale).rounded()))
      let difference = Double(range.low + step * scale - value)
      return sum + difference * difference
    }
  }

  @Test(arguments: 0..<6) func meanSquaredErrorIsNoWorseThanFullRange(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let values = random.normals(4000) + random.normals(4, scale: 20)
    let data = histogram(values)
    let full = RangeSearch(method: .minmax).range(of: data, isSymmetric: false)
    let best = RangeSearch(method: .mse).range(of: data, isSymmetric: false)
    #expect(full.low == values.min() && full.high == values.max())
    #expect(error(values, best) < 1.05 * error(values, full))
    #expect(best.low <= 0 && best.high >= 0)
    let cut = RangeSearch(method: .percentile).range(of: data, isSymmetric: false)
    #expect(cut.high <= full.high && cut.low >= full.low)
  }

  /// GELU is flat below -3: clipping there costs nothing, and the steps become finer.
  @Test func tableInputsAreClippedWhereTheFunctionIsFlat() {
    var random = SeededGenerator(seed: 3)
    let data = histogram(random.normals(20000, scale: 4))
    let range = RangeSearch(method: .mse).range(of: data, before: .gelu)
    #expect(range.low > -6 && range.high > 10, "\(range)")
  }
}
