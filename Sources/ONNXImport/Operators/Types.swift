import SwiftletGraph

extension OperatorTable {
  static func cast(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    context.attributes.ignore("saturate", "round_mode")
    let x = try context.required(0)
    guard let raw = try context.attributes.int("to"),
      let type = Onnx_TensorProto.DataType(rawValue: raw)
    else { throw NodeFailure("attribute 'to' names no element type") }
    let result = try convert(x, to: try TensorDecoder.elementType(type), context)
    guard let tensor = context.builder.graph.values[result].constant,
      let wrapped = wrap(tensor, type), wrapped != tensor
    else { return [.value(result)] }
    return [.value(context.constant(wrapped))]
  }

  static func castLike(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    context.attributes.ignore("saturate", "round_mode")
    let type = context.elementType(try context.required(1))
    return [.value(try convert(try context.required(0), to: type, context))]
  }

  /// `x` as another element type; all float types are one here, and all integer types.
  static func convert(
    _ x: Graph.ValueID, to type: ElementType, _ context: NodeContext
  ) throws(NodeFailure) -> Graph.ValueID {
    context.elementType(x) == type ? x : try context.emit(.cast(type), x)
  }

  /// Constant integers as a narrower type holds them; nil for types that are not narrower.
  private static func wrap(_ tensor: Tensor, _ type: Onnx_TensorProto.DataType) -> Tensor? {
    guard case .int(let values) = tensor.storage else { return nil }
    func wrapped<Narrow: FixedWidthInteger>(_: Narrow.Type) -> Tensor {
      Tensor(shape: tensor.shape, .int(values.map { Int64(Narrow(truncatingIfNeeded: $0)) }))
    }
    return switch type {
    case .int8: wrapped(Int8.self)
    case .uint8: wrapped(UInt8.self)
    case .int16: wrapped(Int16.self)
    case .uint16: wrapped(UInt16.self)
    case .int32: wrapped(Int32.self)
    case .uint32: wrapped(UInt32.self)
    default: nil
    }
  }
}
