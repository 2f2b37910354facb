#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Writes `.swiftlet` files: safetensors files whose metadata holds a program.
///
/// The layout is 8 bytes of header length (little-endian), a JSON header, and the tensors in the order of their names.
/// The header is padded with spaces so that the tensors start at a multiple of 64 bytes. safetensors knows no gaps, so a
/// tensor whose size is no multiple of 64 bytes is stored as one dimension that ends in zeros.
///
/// The same arguments give the same bytes.
package enum ModelFileWriter {
  /// Where each tensor, and the first one, starts.
  package static let alignment = 64

  /// The bytes of a file, checked as a reader will check them.
  ///
  /// `metadata` holds what else there is to say: `source_sha256`, `calibration_sha256`, `converter`.
  package static func encode(
    program: Program, data: [DataName: DataTensor], labels: [String],
    metadata: [String: String] = [:]
  ) throws -> [UInt8] {
    var entries = metadata
    for key in ModelFile.reservedKeys where entries[key] != nil {
      throw ModelFileError("metadata must not hold the key '\(key)': the writer fills it in")
    }
    entries["format"] = ModelFile.format
    entries["program"] = try json(program)
    entries["labels"] = try json(labels)
    entries["crc32c"] = "00000000"
    var file = try assemble(metadata: entries, data: data)
    try sign(&file)
    // A file that its own reader would refuse is a mistake of whoever made the program.
    _ = try file.withUnsafeBytes { try ModelFile(validating: $0) }
    return file
  }

  /// A safetensors file of these strings and tensors.
  package static func assemble(
    metadata: [String: String], data: [DataName: DataTensor]
  ) throws(ModelFileError) -> [UInt8] {
    let metadata = metadata.sorted { precedes($0.key, $1.key) }
    let tensors = data.map { ($0.key, padded($0.value)) }.sorted { precedes($0.0, $1.0) }
    var header = "{\"__metadata__\":{"
    header += metadata.map { "\(quoted($0.key)):\(quoted($0.value))" }.joined(separator: ",")
    header += "}"
    var offset = 0
    for (name, tensor) in tensors {
      let end = offset + tensor.bytes.count
      header += ",\(quoted(name)):{\"dtype\":\"\(tensor.type.rawValue)\",\"shape\":"
      header += "[\(tensor.shape.map(String.init).joined(separator: ","))],"
      header += "\"data_offsets\":[\(offset),\(end)]}"
      offset = end
    }
    header += "}"
    var json = [UInt8](header.utf8)
    json += [UInt8](repeating: UInt8(ascii: " "), count: missing(8 + json.count))
    guard json.count <= SafetensorsHeader.limit else {
      throw ModelFileError(
        "the program's description takes \(json.count) bytes, at most \(SafetensorsHeader.limit) "
          + "are allowed: put index maps and tables into tensors")
    }
    var file: [UInt8] = []
    file.reserveCapacity(8 + json.count + offset)
    file += withUnsafeBytes(of: UInt64(json.count).littleEndian) { [UInt8]($0) }
    file += json
    for (_, tensor) in tensors { file += tensor.bytes }
    return file
  }

  /// Fills in the file's checksum.
  package static func sign(_ file: inout [UInt8]) throws {
    let place = try file.withUnsafeBytes {
      try Checksum(of: $0, header: SafetensorsHeader.range(of: $0))
    }
    let digits = Array(Checksum.digits(place.computed).utf8)
    file.replaceSubrange(place.position..<place.position + digits.count, with: digits)
  }

  private static func padded(_ tensor: DataTensor) -> DataTensor {
    let zeros = missing(tensor.bytes.count)
    guard zeros > 0 else { return tensor }
    let bytes = tensor.bytes + [UInt8](repeating: 0, count: zeros)
    return DataTensor(type: tensor.type, shape: [bytes.count / tensor.type.size], bytes: bytes)
  }

  private static func missing(_ count: Int) -> Int { (alignment - count % alignment) % alignment }

  private static func precedes(_ a: String, _ b: String) -> Bool {
    a.utf8.lexicographicallyPrecedes(b.utf8)
  }

  private static func json(_ value: some Encodable) throws(ModelFileError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(value), as: UTF8.self)
    } catch {
      throw ModelFileError("the program cannot be written as JSON: \(error)")
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\u{0}"..<"\u{20}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
