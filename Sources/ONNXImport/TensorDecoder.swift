import Foundation
import SwiftletGraph

/// Turns ONNX tensors, in every encoding ONNX has for its numeric types, into tensors.
struct TensorDecoder {
  let externalData: ExternalData

  func decode(_ proto: Onnx_TensorProto) throws(NodeFailure) -> Tensor {
    guard let type = Onnx_TensorProto.DataType(rawValue: Int(proto.dataType)) else {
      throw NodeFailure("element type \(proto.dataType) is unknown")
    }
    guard proto.dims.allSatisfy({ $0 >= 0 }) else {
      throw NodeFailure("the shape \(proto.dims) has a negative dimension")
    }
    guard !proto.hasSegment else { throw NodeFailure("tensors in segments are not supported") }
    let shape = proto.dims.map(Int.init)
    let source = Source(
      proto: proto, count: try elementCount(shape),
      bytes: try bytes(proto, count: elementCount(shape), type: type))
    return Tensor(shape: shape, try storage(source, type))
  }

  private func storage(
    _ source: Source, _ type: Onnx_TensorProto.DataType
  ) throws(NodeFailure) -> Tensor.Storage {
    switch type {
    case .float:
      .float(try source.map(UInt32.self, { Float(bitPattern: $0) }, \.floatData) { $0 })
    case .double:
      .float(
        try source.map(UInt64.self, { Float(Double(bitPattern: $0)) }, \.doubleData) { Float($0) })
    case .float16:
      .float(
        try source.map(UInt16.self, Self.half, \.int32Data) {
          Self.half(UInt16(truncatingIfNeeded: $0))
        })
    case .bfloat16:
      .float(
        try source.map(UInt16.self, Self.bfloat, \.int32Data) {
          Self.bfloat(UInt16(truncatingIfNeeded: $0))
        })
    case .int8: .int(try source.map(Int8.self, Int64.init, \.int32Data) { Int64($0) })
    case .uint8: .int(try source.map(UInt8.self, Int64.init, \.int32Data) { Int64($0) })
    case .int16: .int(try source.map(Int16.self, Int64.init, \.int32Data) { Int64($0) })
    case .uint16: .int(try source.map(UInt16.self, Int64.init, \.int32Data) { Int64($0) })
    case .int32: .int(try source.map(Int32.self, Int64.init, \.int32Data) { Int64($0) })
    case .int64: .int(try source.map(Int64.self, { $0 }, \.int64Data) { $0 })
    case .uint32:
      .int(
        try source.map(UInt32.self, Int64.init, \.uint64Data) {
          Int64(UInt32(truncatingIfNeeded: $0))
        }
      )
    case .uint64:
      .int(
        try source.map(UInt64.self, { Int64(clamping: $0) }, \.uint64Data) { Int64(clamping: $0) })
    case .bool: .bool(try source.map(UInt8.self, { $0 != 0 }, \.int32Data) { $0 != 0 })
    default: throw Self.unsupported(type)
    }
  }

  static func half(_ bits: UInt16) -> Float { Float(Float16(bitPattern: bits)) }
  static func bfloat(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

  static func unsupported(_ type: Onnx_TensorProto.DataType) -> NodeFailure {
    NodeFailure(
      "element type \("\(type)".uppercased()) is not supported",
      remedy:
        "export the model in float32 (float16, bfloat16, double, bool and 8- to 64-bit integers work too)"
    )
  }

  /// What holds elements of this ONNX type in the graph.
  static func elementType(_ type: Onnx_TensorProto.DataType) throws(NodeFailure) -> ElementType {
    switch type {
    case .float, .double, .float16, .bfloat16: .float
    case .int8, .uint8, .int16, .uint16, .int32, .uint32, .int64, .uint64: .int
    case .bool: .bool
    default: throw unsupported(type)
    }
  }

  /// Bytes of an element.
  private static func size(of type: Onnx_TensorProto.DataType) -> Int {
    switch type {
    case .double, .int64, .uint64: 8
    case .float, .int32, .uint32: 4
    case .float16, .bfloat16, .int16, .uint16: 2
    default: 1
    }
  }

  /// The raw bytes of a tensor that has them, in the model or beside it.
  private func bytes(
    _ proto: Onnx_TensorProto, count: Int, type: Onnx_TensorProto.DataType
  ) throws(NodeFailure) -> Data? {
    if proto.dataLocation == .external {
      return try externalData.read(proto.externalData, size: count * Self.size(of: type))
    }
    // An empty tensor may leave out its data, in whichever form.
    return proto.hasRawData || count == 0 ? proto.rawData : nil
  }
}

/// A tensor's elements before they are decoded: raw little-endian bytes, or one of the typed fields.
private struct Source {
  let proto: Onnx_TensorProto
  let count: Int
  let bytes: Data?

  func map<Raw: FixedWidthInteger, Field, Element>(
    _: Raw.Type, _ fromRaw: (Raw) -> Element, _ field: KeyPath<Onnx_TensorProto, [Field]>,
    _ fromField: (Field) -> Element
  ) throws(NodeFailure) -> [Element] {
    guard let bytes else {
      let values = proto[keyPath: field]
      guard values.count == count else {
        throw NodeFailure(
          "the tensor of shape \(proto.dims) holds \(values.count) elements; \(count) are expected")
      }
      return values.map(fromField)
    }
    let size = Raw.bitWidth / 8
    guard bytes.count == count * size else {
      throw NodeFailure(
        "the tensor of shape \(proto.dims) holds \(bytes.count) bytes; \(count * size) are expected"
      )
    }
    return bytes.withUnsafeBytes { buffer in
      (0..<count).map { index in
        fromRaw(
          Raw(littleEndian: buffer.loadUnaligned(fromByteOffset: index * size, as: Raw.self)))
      }
    }
  }
}
