/// Small ONNX models, by the fields of their protocol buffers.
enum ONNXFile {
  static func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
    varint(number << 3 | 2) + varint(bytes.count) + bytes
  }

  static func field(_ number: Int, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

  static func field(_ number: Int, _ value: Int) -> [UInt8] { varint(number << 3) + varint(value) }

  /// What, put behind a model's bytes, adds an entry to its metadata.
  static func metadata(_ key: String, _ value: String) -> [UInt8] {
    field(14, field(1, key) + field(2, value))
  }

  /// Operators one after the other, on an input of `[1, 1, 28, 28]`; the last output has this shape.
  static func chain(of operators: [String], output: [Int] = [1, 1, 28, 28]) -> [UInt8] {
    var graph: [UInt8] = []
    for (index, name) in operators.enumerated() {
      let node =
        field(1, "v\(index)") + field(2, "v\(index + 1)") + field(3, "node\(index)")
        + field(4, name)
      graph += field(1, node)
    }
    graph +=
      field(2, "chain") + field(11, value("v0")) + field(12, value("v\(operators.count)", output))
    return field(1, 8) + field(8, field(1, "") + field(2, 17)) + field(7, graph)
  }

  /// A float input or output of the graph.
  static func value(_ name: String, _ extents: [Int] = [1, 1, 28, 28]) -> [UInt8] {
    let shape = extents.flatMap { field(1, field(1, $0)) }
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)))
  }

  private static func varint(_ value: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    while rest > 127 {
      bytes.append(UInt8(rest & 127 | 128))
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}
