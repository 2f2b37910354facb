/// The input of every benchmark: the top bytes of a 64-bit xorshift generator (13, 7, 17) that starts at
/// 0x5377_6966_746C_6574 ("Swiftlet").
struct BenchmarkInput {
  private var state: UInt64 = 0x5377_6966_746C_6574

  mutating func next() -> Int8 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int8(truncatingIfNeeded: state >> 56)
  }

  static func fill(_ input: UnsafeMutableBufferPointer<Int8>) {
    var generator = BenchmarkInput()
    for index in input.indices { input[index] = generator.next() }
  }
}
