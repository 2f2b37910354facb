/// A distribution of times, in milliseconds.
struct Percentiles: Encodable {
  var p50: Double
  var p90: Double
  var p99: Double
  var min: Double
  var mean: Double

  /// By nearest rank; nil of nothing.
  init?(nanoseconds: [UInt64]) {
    let sorted = nanoseconds.sorted()
    guard let first = sorted.first else { return nil }
    func rank(_ percent: Int) -> Double {
      Double(sorted[(percent * sorted.count + 99) / 100 - 1]) / 1e6
    }
    p50 = rank(50)
    p90 = rank(90)
    p99 = rank(99)
    min = Double(first) / 1e6
    mean = sorted.reduce(0) { $0 + Double($1) } / Double(sorted.count) / 1e6
  }
}
