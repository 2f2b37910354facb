/// The element type of a tensor of the file, by safetensors' names.
package enum DataType: String, Sendable, Codable {
  case int8 = "I8"
  case uint8 = "U8"
  case int16 = "I16"
  case uint16 = "U16"
  case int32 = "I32"
  case float32 = "F32"

  /// Bytes of one element.
  package var size: Int {
    switch self {
    case .int8, .uint8: 1
    case .int16, .uint16: 2
    case .int32, .float32: 4
    }
  }
}

/// A tensor to be written: weights, a table, an index map. Elements are row-major and little-endian.
package struct DataTensor: Sendable, Equatable {
  package var type: DataType
  package var shape: [Int]
  package var bytes: [UInt8]

  /// Creates a tensor from its bytes; their number must be what type and shape say.
  package init(type: DataType, shape: [Int], bytes: [UInt8]) {
    precondition(shape.reduce(type.size, *) == bytes.count, "shape \(shape) of \(type.rawValue)")
    self.type = type
    self.shape = shape
    self.bytes = bytes
  }

  /// Creates a tensor of int8; without a shape it has one dimension.
  package init(_ values: [Int8], shape: [Int]? = nil) {
    self.init(type: .int8, integers: values, shape: shape)
  }

  /// Creates a tensor of int16; without a shape it has one dimension.
  package init(_ values: [Int16], shape: [Int]? = nil) {
    self.init(type: .int16, integers: values, shape: shape)
  }

  /// Creates a tensor of uint16; without a shape it has one dimension.
  package init(_ values: [UInt16], shape: [Int]? = nil) {
    self.init(type: .uint16, integers: values, shape: shape)
  }

  /// Creates a tensor of int32; without a shape it has one dimension.
  package init(_ values: [Int32], shape: [Int]? = nil) {
    self.init(type: .int32, integers: values, shape: shape)
  }

  /// Creates a tensor of float32 with one dimension.
  package init(_ values: [Float]) {
    self.init(type: .float32, integers: values.map(\.bitPattern), shape: nil)
  }

  private init<T: FixedWidthInteger>(type: DataType, integers: [T], shape: [Int]?) {
    let bytes = integers.map(\.littleEndian).withUnsafeBytes { [UInt8]($0) }
    self.init(type: type, shape: shape ?? [integers.count], bytes: bytes)
  }
}

/// A tensor of a file in memory. The memory belongs to whoever mapped the file and must outlive the view.
package struct DataView {
  package let type: DataType
  /// The shape in the file, its padding included.
  package let shape: [Int]
  /// Starts at a multiple of 64 bytes where the file itself does.
  package let bytes: UnsafeRawBufferPointer

  package init(type: DataType, shape: [Int], bytes: UnsafeRawBufferPointer) {
    self.type = type
    self.shape = shape
    self.bytes = bytes
  }

  /// Elements, padding included.
  package var count: Int { bytes.count / type.size }

  /// The elements, which must be of the view's type.
  package func elements<T: BitwiseCopyable>(as _: T.Type) -> UnsafeBufferPointer<T> {
    bytes.assumingMemoryBound(to: T.self)
  }
}
