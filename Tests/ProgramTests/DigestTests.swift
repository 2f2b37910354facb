import SwiftletProgram
import Testing

struct DigestTests {
  @Test(
    "SHA-256 of NIST's examples",
    arguments: [
      ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      (
        "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrs"
          + "mnopqrstnopqrstu", 1,
        "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
      ),
      ("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ])
  func sha256(text: String, times: Int, digest: String) {
    let bytes = [UInt8](String(repeating: text, count: times).utf8)
    #expect(SHA256.hexDigest(of: bytes) == digest)
  }

  @Test func sha256InPieces() {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    let whole = SHA256.hexDigest(of: bytes)
    for size in 1...200 {
      var hash = SHA256()
      for start in stride(from: 0, to: bytes.count, by: size) {
        bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { hash.update($0) }
      }
      #expect(SHA256.hexadecimal(hash.finalize()) == whole)
    }
  }

  @Test(
    "CRC-32C of RFC 3720's examples",
    arguments: [
      ([UInt8]("123456789".utf8), 0xe306_9283),
      ([], 0),
      ([UInt8](repeating: 0, count: 32), 0x8a91_36aa),
      ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43),
      ([UInt8](0..<32), 0x46dd_794e),
      ([UInt8]((0..<32).reversed()), 0x113f_db5c),
    ] as [([UInt8], UInt32)])
  func crc32c(bytes: [UInt8], expected: UInt32) {
    #expect(bytes.withUnsafeBytes { CRC32C.checksum($0) } == expected)
  }

  @Test func crc32cInPieces() {
    let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 91) }
    let whole = bytes.withUnsafeBytes { CRC32C.checksum($0) }
    for split in 0...bytes.count {
      var crc = CRC32C()
      bytes[..<split].withUnsafeBytes { crc.update($0) }
      bytes[split...].withUnsafeBytes { crc.update($0) }
      #expect(crc.value == whole)
    }
  }

  @Test("the exponential table is round((2^b - 1) * 2^(-f / 64)), by integers", arguments: 7...14)
  func exponentTable(bits: Int) {
    let table = Attention.exponentTable(bits: bits)
    #expect(table.count == 64)
    #expect(table[0] == 1 << bits - 1)
    // t is the rounding of M * 2^(-f / 64) if (2t - 1)^64 * 2^f < (2M)^64 <= (2t + 1)^64 * 2^f.
    for (f, entry) in table.enumerated() {
      let middle = power(2 * (1 << bits - 1), 64, times: 1)
      #expect(isBelow(power(2 * Int(entry) - 1, 64, times: 1 << f), middle))
      #expect(!isBelow(power(2 * Int(entry) + 1, 64, times: 1 << f), middle))
    }
  }

  /// base^exponent * factor in digits of 2^16, lowest first.
  private func power(_ base: Int, _ exponent: Int, times factor: UInt64) -> [UInt64] {
    var digits = (0..<4).map { (factor >> (16 * UInt64($0))) & 0xffff }
    digits += [UInt64](repeating: 0, count: 70)
    for _ in 0..<exponent {
      var carry: UInt64 = 0
      for index in digits.indices {
        let product = digits[index] * UInt64(base) + carry
        digits[index] = product & 0xffff
        carry = product >> 16
      }
    }
    return digits
  }

  private func isBelow(_ a: [UInt64], _ b: [UInt64]) -> Bool {
    a.reversed().lexicographicallyPrecedes(b.reversed())
  }
}
