/// What a model's file is, by its content where that tells.
package enum ModelFormat {
  case onnx, swiftlet

  package init(of path: String) throws(FileError) {
    try Self.refuseForeign(path)
    let isNamedONNX = FileAccess.fileExtension(of: path) == "onnx"
    let isSafetensors = try Self.isSafetensors(path)
    self = isNamedONNX && !isSafetensors ? .onnx : .swiftlet
  }

  /// Says of a file of another kind what it is.
  package static func refuseForeign(_ path: String) throws(FileError) {
    let start = try FileAccess.beginning(of: path, count: ForeignFile.beginning)
    if let kind = ForeignFile.kind(startingWith: start) {
      throw FileError("\(path): this is no .onnx or .swiftlet model but \(kind)")
    }
  }

  /// Whether a file starts as safetensors files do: a length of eight bytes, then JSON.
  package static func isSafetensors(_ path: String) throws(FileError) -> Bool {
    try FileAccess.beginning(of: path, count: 9).dropFirst(8).first == UInt8(ascii: "{")
  }
}
