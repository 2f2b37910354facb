/// A float tensor in NumPy's `.npy` format, versions 1 to 3, little-endian and in C order.
package struct Npy {
  package let shape: [Int]
  package let values: [Float]

  package init(shape: [Int], values: [Float]) {
    precondition(shape.reduce(1, *) == values.count, "the values fill the shape")
    self.shape = shape
    self.values = values
  }

  /// Reads a file: float32 as it is, float64 and uint8 converted.
  package init(contentsOf path: String) throws(FileError) {
    try self.init(FileAccess.read(path), source: path)
  }

  /// Reads a file in memory. `source` says where it is from.
  package init(_ file: [UInt8], source: String) throws(FileError) {
    func failure(_ reason: String) -> FileError { FileError("\(source): \(reason)") }
    guard file.starts(with: Self.magic), file.count >= 12 else {
      throw failure("not a .npy file: numpy.save writes them")
    }
    let lengthBytes = file[6] == 1 ? 2 : 4
    guard (1...3).contains(file[6]) else {
      throw failure("a .npy file of version \(file[6]); 1, 2 and 3 are known")
    }
    let length = (0..<lengthBytes).reduce(0) { $0 | Int(file[8 + $1]) << (8 * $1) }
    let start = 8 + lengthBytes + length
    guard start <= file.count else { throw failure("truncated in its header; save it again") }
    guard let header = NpyHeader(file[8 + lengthBytes..<start]) else {
      throw failure("its header is no description of an array; save it with numpy.save")
    }
    guard !header.isFortranOrder else {
      throw failure("the array is in Fortran order; save numpy.ascontiguousarray of it")
    }
    guard let size = Self.elementSizes[header.type] else {
      throw failure(
        "elements of type '\(header.type)'; '<f4', '<f8' or '|u1' is expected: save array.astype('float32')"
      )
    }
    var count = 1
    for extent in header.shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow, product <= file.count else {
        throw failure("shape \(header.shape) holds more than the file's \(file.count) bytes")
      }
      count = product
    }
    guard file.count - start == count * size else {
      throw failure(
        "\(file.count - start) bytes of data, shape \(header.shape) of '\(header.type)' needs \(count * size)"
      )
    }
    shape = header.shape
    values = file.withUnsafeBytes { bytes in
      (0..<count).map { index in
        let offset = start + index * size
        switch size {
        case 1: return Float(bytes[offset])
        case 4: return Float(bitPattern: Self.load(UInt32.self, bytes, offset))
        default: return Float(Double(bitPattern: Self.load(UInt64.self, bytes, offset)))
        }
      }
    }
  }

  /// The bytes of a float32 file of version 1.
  package var encoded: [UInt8] {
    let extents = shape.map { "\($0)," }.joined(separator: " ")
    let text = shape.count > 1 ? String(extents.dropLast()) : extents
    var header = Array("{'descr': '<f4', 'fortran_order': False, 'shape': (\(text)), }".utf8)
    let unpadded = 10 + header.count + 1
    header += [UInt8](repeating: UInt8(ascii: " "), count: (64 - unpadded % 64) % 64)
    header.append(UInt8(ascii: "\n"))
    var file = Self.magic + [1, 0, UInt8(header.count & 255), UInt8(header.count >> 8)] + header
    file.reserveCapacity(file.count + 4 * values.count)
    for value in values {
      withUnsafeBytes(of: value.bitPattern.littleEndian) { file += $0 }
    }
    return file
  }

  /// The values for a model whose input has this shape, a leading batch of 1 there or not.
  package func values(fitting expected: [Int], source: String) throws(FileError) -> [Float] {
    func withoutBatch(_ shape: [Int], rank: Int) -> [Int] {
      shape.count == rank + 1 && shape.first == 1 ? Array(shape.dropFirst()) : shape
    }
    guard
      withoutBatch(shape, rank: expected.count) == expected
        || shape == withoutBatch(expected, rank: shape.count)
    else {
      throw FileError("\(source): an array of shape \(shape); the model takes \(expected)")
    }
    return values
  }

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  private static let elementSizes = ["<f4": 4, "<f8": 8, "|u1": 1]

  private static func load<T: FixedWidthInteger>(
    _ type: T.Type, _ bytes: UnsafeRawBufferPointer, _ offset: Int
  ) -> T {
    T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: type))
  }
}

/// The dictionary at the head of a `.npy` file, a Python literal.
private struct NpyHeader {
  private(set) var type = ""
  private(set) var isFortranOrder = false
  private(set) var shape: [Int] = []
  private var rest: ArraySlice<UInt8>

  init?(_ bytes: ArraySlice<UInt8>) {
    rest = bytes
    var missing: Set = ["descr", "fortran_order", "shape"]
    guard take("{") else { return nil }
    while !take("}") {
      guard let key = string(), missing.remove(key) != nil, take(":") else { return nil }
      switch key {
      case "descr":
        guard let value = string() else { return nil }
        type = value
      case "fortran_order":
        isFortranOrder = take("True")
        guard isFortranOrder || take("False") else { return nil }
      default:
        guard let value = tuple() else { return nil }
        shape = value
      }
      guard take(",") || rest.first == UInt8(ascii: "}") else { return nil }
    }
    skipSpace()
    guard missing.isEmpty, rest.isEmpty else { return nil }
  }

  private mutating func skipSpace() {
    rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
  }

  private mutating func take(_ token: String) -> Bool {
    skipSpace()
    guard rest.starts(with: token.utf8) else { return false }
    rest = rest.dropFirst(token.utf8.count)
    return true
  }

  private mutating func string() -> String? {
    let quote = take("'") ? UInt8(ascii: "'") : UInt8(ascii: "\"")
    guard quote == UInt8(ascii: "'") || take("\""), let end = rest.firstIndex(of: quote) else {
      return nil
    }
    defer { rest = rest[(end + 1)...] }
    return String(decoding: rest[..<end], as: UTF8.self)
  }

  private mutating func tuple() -> [Int]? {
    guard take("(") else { return nil }
    var extents: [Int] = []
    while !take(")") {
      skipSpace()
      let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard let extent = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
      rest = rest.dropFirst(digits.count)
      extents.append(extent)
      guard take(",") || rest.first == UInt8(ascii: ")") else { return nil }
    }
    return extents
  }
}
