/// Plain grey JPEG files of 8 x 8 or 16 x 8 ... pixels, without Huffman tables, as cameras write them.
enum GreyJPEG {
  /// A file of one value: `value(level)`, for levels 1 to 3.
  static func file(side: Int, value level: Int) -> [UInt8] {
    precondition(side % 8 == 0 && (1...3).contains(level))
    let blocks = (side / 8) * (side / 8)
    // The first block's difference: category 2, so four bits of the standard table's 011 and the level; then zeros: 00, and
    // the end of each block: 1010.
    var bits = "011" + (level == 2 ? "10" : level == 3 ? "11" : "") + "1010"
    if level == 1 { bits = "010" + "1" + "1010" }
    for _ in 1..<blocks { bits += "00" + "1010" }
    while bits.utf8.count % 8 != 0 { bits += "1" }
    let digits = Array(bits.utf8)
    let data = stride(from: 0, to: digits.count, by: 8).flatMap { start -> [UInt8] in
      let byte = digits[start..<start + 8].reduce(UInt8(0)) { $0 << 1 | ($1 & 1) }
      return byte == 0xFF ? [0xFF, 0] : [byte]
    }
    var file: [UInt8] = [0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0]
    file += [UInt8](repeating: step, count: 64)
    file += [0xFF, 0xC0, 0, 11, 8, 0, UInt8(side), 0, UInt8(side), 1, 1, 0x11, 0]
    file += [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0x3F, 0]
    file += data
    return file + [0xFF, 0xD9]
  }

  /// Quantization: a level is so many eighths of a step of grey.
  private static let step: UInt8 = 80

  static func value(_ level: Int) -> Int { 128 + level * Int(step) / 8 }
}
