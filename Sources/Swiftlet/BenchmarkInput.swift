import SwiftletProgram

/// The input of every benchmark: the top bytes of a 64-bit xorshift generator (13, 7, 17) that starts at
/// 0x5377_6966_746C_6574 ("Swiftlet").
package struct BenchmarkInput {
  private var state: UInt64 = 0x5377_6966_746C_6574

  package init() {}

  package mutating func next() -> Int8 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int8(truncatingIfNeeded: state >> 56)
  }

  package static func fill(_ input: UnsafeMutableBufferPointer<Int8>) {
    var generator = BenchmarkInput()
    for index in input.indices { input[index] = generator.next() }
  }
}

extension Session {
  /// SHA-256 over the last run's int16 logits, little-endian, in hexadecimal: after `BenchmarkInput`, what tells that two
  /// machines compute the same.
  package var logitsSHA256: String {
    logits.map(\.littleEndian).withUnsafeBytes { SHA256.hexDigest(of: $0) }
  }
}
