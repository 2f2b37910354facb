/// How a video device lays out pixels: V4L2's code of four characters.
package struct PixelFormat: Hashable, Sendable, CustomStringConvertible {
  package let code: UInt32

  package init(code: UInt32) { self.code = code }

  /// The format of these four characters.
  package init(_ characters: StaticString) {
    precondition(characters.utf8CodeUnitCount == 4)
    code = (0..<4).reduce(0) { $0 | UInt32(characters.utf8Start[$1]) << UInt32(8 * $1) }
  }

  /// The four characters without spaces at the end; `-BE` follows where the highest bit says big-endian.
  package var description: String {
    var bytes = (0..<4).map { UInt8(truncatingIfNeeded: (code & 0x7fff_ffff) >> UInt32(8 * $0)) }
    while bytes.last == UInt8(ascii: " ") { bytes.removeLast() }
    let isPrintable = bytes.allSatisfy { (0x20..<0x7f).contains($0) }
    let text = isPrintable ? String(decoding: bytes, as: UTF8.self) : "0x" + String(code, radix: 16)
    return code >> 31 == 1 && isPrintable ? "\(text)-BE" : text
  }
}
