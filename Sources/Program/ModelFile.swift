#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A `.swiftlet` file in memory, checked: everything that the runtime relies on holds.
package struct ModelFile {
  /// The value of the metadata's `format`.
  package static let format = "swiftlet"
  /// The metadata's keys that have a meaning here.
  package static let reservedKeys = ["format", "program", "labels", "crc32c"]

  package let program: Program
  /// By tensor, the smallest value that it can hold.
  package let lowest: [Int]
  /// One a class, or none.
  package let labels: [String]
  /// The other strings: `source_sha256` and what else the converter had to say.
  package let metadata: [String: String]
  private let tensors: [DataName: DataView]

  /// The names of all tensors, sorted.
  package var dataNames: [DataName] { tensors.keys.sorted() }

  /// A tensor; its memory is the file's.
  package func data(_ name: DataName) -> DataView? { tensors[name] }

  /// Checks that a file, of which no more than the first 64 bytes need be there yet, may be a model.
  package static func checkBeginning(of bytes: UnsafeRawBufferPointer) throws(ModelFileError) {
    _ = try SafetensorsHeader.range(of: bytes)
  }

  /// Checks a file, which must outlive the result and start at a multiple of 4 bytes, as allocated memory
  /// does.
  package init(validating bytes: UnsafeRawBufferPointer) throws(ModelFileError) {
    let range = try SafetensorsHeader.range(of: bytes)
    precondition(Int(bitPattern: bytes.baseAddress) % 4 == 0, "the file starts at a multiple of 4")
    let checksum: Checksum
    do {
      checksum = try Checksum(of: bytes, header: range)
    } catch {
      // Says first what kind of file it is.
      let header = try SafetensorsHeader(of: bytes, range: range)
      throw header.metadata["format"] == Self.format ? error : Self.foreign(header)
    }
    let digits = Checksum.digits(checksum.computed)
    guard checksum.stored == digits else {
      throw ModelFileError(
        "damaged or incomplete: the checksum of its \(bytes.count) bytes is \(digits), the file says "
          + "\(checksum.stored); copy or convert it again")
    }
    let header = try SafetensorsHeader(of: bytes, range: range)
    guard header.metadata["format"] == Self.format else { throw Self.foreign(header) }
    program = try Self.program(header.metadata)
    labels = try Self.decode([String].self, "labels", header.metadata)
    metadata = header.metadata.filter { !Self.reservedKeys.contains($0.key) }
    tensors = header.tensors
    for (name, tensor) in tensors {
      let start = tensor.bytes.baseAddress.map { $0 - (bytes.baseAddress ?? $0) } ?? 0
      guard start % ModelFileWriter.alignment == 0 else {
        throw ModelFileError(
          "tensor \(quoted(name)) starts at byte \(start), expected a multiple of \(ModelFileWriter.alignment)"
        )
      }
    }
    var validator = ProgramValidator(program: program, labels: labels, data: tensors)
    try validator.validate()
    lowest = validator.lowest.map { $0 ?? Int(Int8.min) }
  }

  private static func program(_ metadata: [String: String]) throws(ModelFileError) -> Program {
    struct Version: Decodable { var version: Int }
    let version = try decode(Version.self, "program", metadata).version
    guard version == Program.currentVersion else {
      throw ModelFileError(
        "the file has format version \(version), this swiftlet reads version \(Program.currentVersion): "
          + (version > Program.currentVersion ? "update swiftlet" : "convert the model again"))
    }
    return try decode(Program.self, "program", metadata)
  }

  private static func decode<T: Decodable>(
    _ type: T.Type, _ key: String, _ metadata: [String: String]
  ) throws(ModelFileError) -> T {
    guard let text = metadata[key] else {
      throw ModelFileError("the metadata has no '\(key)': convert the model again")
    }
    let json = Array(text.utf8)
    if let problem = json.withUnsafeBytes(JSONStrings.problem) {
      throw ModelFileError("the metadata's '\(key)' cannot be read: \(problem)")
    }
    do {
      return try JSONDecoder().decode(type, from: Data(json))
    } catch {
      throw ModelFileError("the metadata's '\(key)' cannot be read: \(JSONProblem.describe(error))")
    }
  }

  private static func foreign(_ header: SafetensorsHeader) -> ModelFileError {
    ModelFileError(
      "a safetensors file of \(header.tensors.count) tensors, but its metadata's format is "
        + "\(quoted(header.metadata["format"] ?? "")), not '\(format)': swiftlet convert makes .swiftlet files from ONNX"
    )
  }
}
