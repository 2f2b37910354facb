/// CRC-32C (Castagnoli), as in iSCSI and ext4: sixteen bytes a step, by sixteen tables.
package struct CRC32C {
  private var state = ~UInt32(0)

  package init() {}

  /// The checksum of everything so far.
  package var value: UInt32 { ~state }

  /// Appends bytes.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    var crc = state
    Self.tables.withUnsafeBufferPointer { tables in
      guard let t = tables.baseAddress else { return }
      var offset = 0
      if let p = bytes.baseAddress {
        while offset + 16 <= bytes.count {
          crc = Self.step16(crc, p + offset, t)
          offset += 16
        }
      }
      while offset < bytes.count {
        crc = (crc >> 8) ^ t[Int((crc ^ UInt32(bytes[offset])) & 0xff)]
        offset += 1
      }
    }
    state = crc
  }

  /// The checksum of a whole buffer.
  package static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var crc = CRC32C()
    crc.update(bytes)
    return crc.value
  }

  /// `t` holds table k at 256 * k: the effect of a byte that is k bytes from the end of the step.
  @inline(__always)
  private static func step16(
    _ crc: UInt32, _ p: UnsafeRawPointer, _ t: UnsafePointer<UInt32>
  ) -> UInt32 {
    let first = UInt64(littleEndian: p.loadUnaligned(as: UInt64.self)) ^ UInt64(crc)
    let second = UInt64(littleEndian: p.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    return eight(first, t + 8 * 256) ^ eight(second, t)
  }

  @inline(__always)
  private static func eight(_ word: UInt64, _ t: UnsafePointer<UInt32>) -> UInt32 {
    let a = t[7 * 256 + Int(truncatingIfNeeded: word & 0xff)]
    let b = t[6 * 256 + Int(truncatingIfNeeded: (word >> 8) & 0xff)]
    let c = t[5 * 256 + Int(truncatingIfNeeded: (word >> 16) & 0xff)]
    let d = t[4 * 256 + Int(truncatingIfNeeded: (word >> 24) & 0xff)]
    let e = t[3 * 256 + Int(truncatingIfNeeded: (word >> 32) & 0xff)]
    let f = t[2 * 256 + Int(truncatingIfNeeded: (word >> 40) & 0xff)]
    let g = t[1 * 256 + Int(truncatingIfNeeded: (word >> 48) & 0xff)]
    let h = t[Int(truncatingIfNeeded: word >> 56)]
    return ((a ^ b) ^ (c ^ d)) ^ ((e ^ f) ^ (g ^ h))
  }

  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 16 * 256)
    for byte in 0..<256 {
      var crc = UInt32(byte)
      for _ in 0..<8 { crc = (crc >> 1) ^ (crc & 1 == 1 ? 0x82f6_3b78 : 0) }
      tables[byte] = crc
    }
    for entry in 256..<16 * 256 {
      let previous = tables[entry - 256]
      tables[entry] = (previous >> 8) ^ tables[Int(previous & 0xff)]
    }
    return tables
  }()
}
