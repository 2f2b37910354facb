/// SplitMix64: the same cases on every machine.
struct Random: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func pick<Value: FixedWidthInteger>(_ range: ClosedRange<Value>) -> Value {
    .random(in: range, using: &self)
  }

  mutating func chance(oneIn count: Int) -> Bool { pick(1...count) == 1 }

  /// Values of one of several kinds: spread over the range, at its ends, or all equal to one of them.
  mutating func values<Value: FixedWidthInteger>(_ count: Int, in range: ClosedRange<Value>)
    -> [Value]
  {
    let kind = pick(0...7)
    return (0..<count).map { index in
      switch kind {
      case 0: range.lowerBound
      case 1: range.upperBound
      case 2: index.isMultiple(of: 2) ? range.lowerBound : range.upperBound
      case 3: chance(oneIn: 2) ? range.lowerBound : range.upperBound
      default: pick(range)
      }
    }
  }

  /// Of a normal distribution with standard deviation 1.
  mutating func normal() -> Double {
    (0..<12).reduce(-6) { sum, _ in sum + Double.random(in: 0..<1, using: &self) }
  }
}
