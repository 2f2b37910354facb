import SwiftletGraph

/// One input of a model, and the static shape it is given.
struct ModelInput {
  let name: String
  let shape: [Int]
  let elementType: ElementType

  /// Resolves what the model leaves open. The choices' `inputShape` is the user's `--input-shape`.
  init(
    _ proto: Onnx_ValueInfoProto, _ choices: ImportChoices, anyBatch: Bool
  ) throws(NodeFailure) {
    let requested = choices.inputShape
    name = proto.name
    let dimensions = try Self.declared(proto, anyBatch: anyBatch)
    elementType = try Self.elementType(proto)
    guard let dimensions else {
      guard let requested = requested ?? choices.openInputShape else {
        throw NodeFailure(
          "input '\(proto.name)' has no shape", remedy: "give it with --input-shape N,C,H,W")
      }
      shape = requested
      try checkBatch(anyBatch)
      return
    }
    if let requested {
      let text = dimensions.map { $0.map(String.init) ?? "?" }.joined(separator: ", ")
      guard requested.count == dimensions.count,
        zip(requested, dimensions).allSatisfy({ $0 == ($1 ?? $0) })
      else {
        throw NodeFailure(
          "input '\(proto.name)' has the shape [\(text)], which \(requested) does not fit",
          remedy: "give an --input-shape that agrees with the fixed dimensions")
      }
      shape = requested
    } else {
      var resolved: [Int] = []
      let open = choices.openInputShape.flatMap { $0.count == dimensions.count ? $0 : nil }
      for (axis, dimension) in dimensions.enumerated() {
        guard let size = dimension ?? open?[axis] ?? (axis == 0 ? 1 : nil) else {
          throw NodeFailure(
            "dimension \(axis) of input '\(proto.name)' is dynamic",
            remedy: "give the whole shape with --input-shape N,C,H,W")
        }
        resolved.append(size)
      }
      shape = resolved
    }
    try checkBatch(anyBatch)
  }

  private func checkBatch(_ anyBatch: Bool) throws(NodeFailure) {
    _ = try elementCount(shape)
    if !anyBatch, shape.count > 1, let batch = shape.first, batch != 1 {
      throw NodeFailure(
        "input '\(name)' has a batch of \(batch); one image at a time is supported",
        remedy: "export the model with batch size 1 or a dynamic batch")
    }
  }

  /// The model's dimensions, nil where one is open (a name, or 0 in the first place), or nil where it states no shape.
  private static func declared(
    _ proto: Onnx_ValueInfoProto, anyBatch: Bool
  ) throws(NodeFailure) -> [Int?]? {
    guard case .tensorType(let tensor) = proto.type.value else {
      throw NodeFailure("input '\(proto.name)' is not a tensor")
    }
    guard tensor.hasShape else { return nil }
    var dimensions: [Int?] = []
    for (axis, dimension) in tensor.shape.dim.enumerated() {
      let isOpenAtZero = axis == 0 && !anyBatch
      if case .dimValue(let value) = dimension.value, value > 0 || (value == 0 && !isOpenAtZero) {
        guard value <= Limits.extent else {
          throw NodeFailure("dimension \(axis) of input '\(proto.name)' is \(value)")
        }
        dimensions.append(Int(value))
      } else {
        dimensions.append(nil)
      }
    }
    return dimensions
  }

  private static func elementType(_ proto: Onnx_ValueInfoProto) throws(NodeFailure) -> ElementType {
    let raw = Int(proto.type.tensorType.elemType)
    guard let type = Onnx_TensorProto.DataType(rawValue: raw) else {
      throw NodeFailure("input '\(proto.name)' has the unknown element type \(raw)")
    }
    do throws(NodeFailure) {
      return try TensorDecoder.elementType(type)
    } catch {
      throw NodeFailure("input '\(proto.name)': \(error.reason)", remedy: error.remedy)
    }
  }
}
