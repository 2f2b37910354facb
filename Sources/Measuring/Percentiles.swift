/// A distribution of times, in milliseconds.
public struct Percentiles: Encodable, Sendable {
  /// The median.
  public var p50: Double
  /// What nine of ten times do not exceed.
  public var p90: Double
  /// What 99 of 100 times do not exceed.
  public var p99: Double
  /// The shortest.
  public var min: Double
  /// The mean.
  public var mean: Double

  /// By nearest rank; nil of nothing.
  public init?(nanoseconds: [UInt64]) {
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
