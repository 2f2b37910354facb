/// `.npy` files as NumPy writes them.
enum NpyFile {
  static func bytes(type: String, shape: String, fortranOrder: Bool = false, data: [UInt8])
    -> [UInt8]
  {
    var header = "{'descr': '\(type)', 'fortran_order': \(fortranOrder ? "True" : "False"), "
    header += "'shape': \(shape), }"
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0]
      + Array(header.utf8) + data
  }

  static func float32(_ values: [Float], shape: String) -> [UInt8] {
    bytes(type: "<f4", shape: shape, data: values.flatMap { littleEndian($0.bitPattern) })
  }

  static func float64(_ values: [Float], shape: String) -> [UInt8] {
    bytes(type: "<f8", shape: shape, data: values.flatMap { littleEndian(Double($0).bitPattern) })
  }

  /// The values of a float32 file of version 1.
  static func values(_ file: [UInt8]) -> [Float] {
    let start = 10 + Int(file[8]) + 256 * Int(file[9])
    return stride(from: start, to: file.count, by: 4).map { offset in
      Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(file[offset + $1]) << (8 * $1) })
    }
  }

  private static func littleEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
