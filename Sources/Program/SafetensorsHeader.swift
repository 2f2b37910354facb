#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The header of a safetensors file: what tensors there are, and where.
struct SafetensorsHeader {
  /// The largest header that is read; a program of a thousand instructions takes one megabyte.
  static let limit = 1 << 24

  /// The strings of `__metadata__`.
  let metadata: [String: String]
  /// The tensors by name.
  let tensors: [String: DataView]

  /// The range of the JSON header.
  static func range(of file: UnsafeRawBufferPointer) throws(ModelFileError) -> Range<Int> {
    let remedy = "not a .swiftlet file; swiftlet convert makes one of an .onnx file"
    guard file.count >= 10 else {
      throw ModelFileError("the file has \(file.count) bytes: empty, cut off, or \(remedy)")
    }
    let count = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
    guard file[8] == UInt8(ascii: "{"), count >= 2 else {
      throw ModelFileError("this is \(remedy)")
    }
    guard count <= UInt64(limit) else {
      throw ModelFileError("a header of \(count) bytes, at most \(limit) expected: \(remedy)")
    }
    guard count <= UInt64(file.count - 8) else {
      throw ModelFileError(
        "cut off: the header should have \(count) bytes, the file has \(file.count - 8) after its length; "
          + "copy the file again")
    }
    return 8..<8 + Int(count)
  }

  /// Reads the header at `range` of `file`.
  init(of file: UnsafeRawBufferPointer, range: Range<Int>) throws(ModelFileError) {
    let json = UnsafeRawBufferPointer(rebasing: file[range])
    if let problem = JSONStrings.problem(in: json) {
      throw ModelFileError("the header is not a safetensors header: \(problem)")
    }
    let entries: [String: Entry]
    do {
      entries = try JSONDecoder().decode([String: Entry].self, from: Data(json))
    } catch {
      throw ModelFileError("the header is not a safetensors header: \(JSONProblem.describe(error))")
    }
    guard Self.keyCount(json) == entries.count else {
      throw ModelFileError("the header names a tensor twice")
    }
    let data = UnsafeRawBufferPointer(rebasing: file[range.upperBound...])
    var metadata: [String: String] = [:]
    var tensors: [(name: String, view: DataView, start: Int)] = []
    for (name, entry) in entries {
      switch entry {
      case .metadata(let strings): metadata = strings
      case .tensor(let tensor):
        let view = try tensor.view(of: data, name: name)
        tensors.append((name, view, tensor.data_offsets[0]))
      }
    }
    tensors.sort { ($0.start, $0.view.bytes.count) < ($1.start, $1.view.bytes.count) }
    var end = 0
    for tensor in tensors {
      guard tensor.start == end else {
        throw ModelFileError(
          "tensor \(quoted(tensor.name)) starts at byte \(tensor.start) of the data, expected \(end): gap or overlap"
        )
      }
      end += tensor.view.bytes.count
    }
    guard end == data.count else {
      throw ModelFileError("the tensors take \(end) bytes, the file has \(data.count) of data")
    }
    self.metadata = metadata
    self.tensors = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.view) })
  }

  /// How many keys the outermost object of valid JSON has, repeated ones counted.
  private static func keyCount(_ json: UnsafeRawBufferPointer) -> Int {
    var depth = 0
    var count = 0
    var inString = false
    var isEscaped = false
    for byte in json {
      if inString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          inString = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): inString = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: ":") where depth == 1: count += 1
      default: break
      }
    }
    return count
  }

  private enum Entry: Decodable {
    case metadata([String: String])
    case tensor(Tensor)

    init(from decoder: any Decoder) throws {
      if decoder.codingPath.last?.stringValue == "__metadata__" {
        self = .metadata(try [String: String](from: decoder))
      } else {
        self = .tensor(try Tensor(from: decoder))
      }
    }
  }

  private struct Tensor: Decodable {
    var dtype: String
    var shape: [Int]
    var data_offsets: [Int]

    /// The tensor's bytes, after checking that type, shape and offsets agree.
    func view(
      of data: UnsafeRawBufferPointer, name: String
    ) throws(ModelFileError) -> DataView {
      guard let type = DataType(rawValue: dtype) else {
        throw ModelFileError(
          "tensor \(quoted(name)) has element type \(quoted(dtype)), expected I8, U8, I16, U16, I32 or F32"
        )
      }
      guard data_offsets.count == 2, 0 <= data_offsets[0], data_offsets[0] <= data_offsets[1],
        data_offsets[1] <= data.count
      else {
        throw ModelFileError(
          "tensor \(quoted(name)) has offsets \(data_offsets), the file has \(data.count) bytes of data: "
            + "cut off or damaged; copy the file again")
      }
      var size = type.size
      for dimension in shape {
        let (product, overflow) = size.multipliedReportingOverflow(by: dimension)
        guard dimension >= 0, !overflow else {
          throw ModelFileError("tensor \(quoted(name)) has shape \(shape): too large or negative")
        }
        size = product
      }
      let range = data_offsets[0]..<data_offsets[1]
      guard size == range.count else {
        throw ModelFileError(
          "tensor \(quoted(name)) (\(dtype), shape \(shape)) needs \(size) bytes, its offsets give \(range.count)"
        )
      }
      return DataView(
        type: type, shape: shape, bytes: UnsafeRawBufferPointer(rebasing: data[range]))
    }
  }
}
