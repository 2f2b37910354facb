/// The CRC-32C that a file holds of itself: of all its bytes, with the checksum's own eight digits read as zeros.
struct Checksum {
  /// Where the digits stand in the file.
  let position: Int
  /// What they say.
  let stored: String
  /// What the file's bytes give.
  let computed: UInt32

  /// Quotation marks inside a JSON string are escaped, so this can only be the key itself.
  private static let key = [UInt8]("\"crc32c\":\"".utf8)

  /// `header` is the range of the JSON header in the file.
  init(of file: UnsafeRawBufferPointer, header: Range<Int>) throws(ModelFileError) {
    let found = Self.positions(in: file, header)
    guard let position = found.first, found.count == 1, position + 9 <= header.upperBound else {
      throw ModelFileError(
        "the header holds \(found.count) checksums (crc32c), expected one: the file was not written by swiftlet "
          + "convert, or rewritten by another tool")
    }
    var crc = CRC32C()
    crc.update(UnsafeRawBufferPointer(rebasing: file[..<position]))
    [UInt8](repeating: UInt8(ascii: "0"), count: 8).withUnsafeBytes { crc.update($0) }
    crc.update(UnsafeRawBufferPointer(rebasing: file[(position + 8)...]))
    self.position = position
    self.stored = String(decoding: file[position..<position + 8], as: UTF8.self)
    self.computed = crc.value
  }

  /// Eight lower-case hexadecimal digits.
  static func digits(_ value: UInt32) -> String {
    SHA256.hexadecimal(withUnsafeBytes(of: value.bigEndian) { [UInt8]($0) })
  }

  private static func positions(in file: UnsafeRawBufferPointer, _ header: Range<Int>) -> [Int] {
    guard header.count >= key.count else { return [] }
    var found: [Int] = []
    for start in header.lowerBound...(header.upperBound - key.count)
    where file[start] == key[0] && file[start + 1] == key[1] {
      if file[start..<start + key.count].elementsEqual(key) { found.append(start + key.count) }
    }
    return found
  }
}
