import SwiftletGraph

extension OperatorTable {
  /// `Attention` of opset 23: its bias operand becomes the sum of the mask and the causal mask.
  static func attention(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let attributes = context.attributes
    attributes.ignore("softmax_precision")
    for index in 4..<max(4, context.inputs.count) where context.hasInput(index) {
      throw NodeFailure(
        "operand \(index) (a key-value cache or padding lengths) is not supported",
        remedy: "export the model for whole inputs, without a cache")
    }
    if try attributes.float("softcap", default: 0) != 0 {
      throw attributes.unsupported("softcap", "not 0", expected: "0")
    }
    try attributes.require("qk_matmul_output_mode", equals: 0)
    let query = try heads(0, "q_num_heads", context)
    var key = try heads(1, "kv_num_heads", context)
    var value = try heads(2, "kv_num_heads", context)
    key = try repeatHeads(key, like: query, context)
    value = try repeatHeads(value, like: query, context)

    let (shape, keyShape) = (context.shape(query), context.shape(key))
    let scale = try attributes.float("scale") ?? 1 / Float(shape[3]).squareRoot()
    let causal = try attributes.flag("is_causal")
    let bias = try bias(rows: shape[2], columns: keyShape[2], causal: causal, context)
    let result = try context.emit(.attention(scale: scale), query, key, value, bias)
    guard context.shape(try context.required(0)).count == 3 else { return [.value(result)] }
    let output = context.shape(result)
    let tokens = try context.emit(.transpose(permutation: [0, 2, 1, 3]), result)
    return [.value(try context.reshape(tokens, [output[0], output[2], output[1] * output[3]]))]
  }

  /// An operand as `[B, heads, N, d]`: it may be `[B, N, heads * d]`.
  private static func heads(
    _ index: Int, _ attribute: String, _ context: NodeContext
  ) throws(NodeFailure) -> Graph.ValueID {
    let x = try context.required(index)
    let count = try context.attributes.int(attribute)
    let shape = context.shape(x)
    if shape.count == 4 { return x }
    guard shape.count == 3, let count, count > 0, shape[2] % count == 0 else {
      throw NodeFailure("operand \(index) of shape \(shape) does not split into heads")
    }
    let split = try context.reshape(x, [shape[0], shape[1], count, shape[2] / count])
    return try context.emit(.transpose(permutation: [0, 2, 1, 3]), split)
  }

  /// Keys or values whose heads each serve several of the query's.
  private static func repeatHeads(
    _ x: Graph.ValueID, like query: Graph.ValueID, _ context: NodeContext
  ) throws(NodeFailure) -> Graph.ValueID {
    let (shape, heads) = (context.shape(x), context.shape(query)[1])
    if shape[1] == heads { return x }
    guard shape[1] > 0, heads % shape[1] == 0 else {
      throw NodeFailure("its \(heads) query heads are not a multiple of \(shape[1]) heads")
    }
    let group = heads / shape[1]
    let single = try context.reshape(x, [shape[0], shape[1], 1, shape[2], shape[3]])
    let repeated = try context.emit(
      .expand(shape: [shape[0], shape[1], group, shape[2], shape[3]]), single)
    return try context.reshape(repeated, [shape[0], heads, shape[2], shape[3]])
  }

  private static func bias(
    rows: Int, columns: Int, causal: Bool, _ context: NodeContext
  ) throws(NodeFailure) -> Graph.ValueID? {
    var bias = try context.optional(3)
    if let mask = bias, context.elementType(mask) == .bool {
      bias = try context.emit(.select, mask, context.constant(0), context.constant(-.infinity))
    }
    if let mask = bias, let width = context.shape(mask).last, width < columns {
      // A short mask leaves out what is behind its end.
      var pads = [Int](repeating: 0, count: 2 * context.shape(mask).count)
      pads[pads.count - 1] = columns - width
      bias = try context.emit(.pad(pads: pads, mode: .constant, value: -.infinity), mask)
    }
    guard causal else { return bias }
    try context.builder.spend(try elementCount([rows, columns]))
    let values = (0..<rows * columns).map { index -> Float in
      index % columns <= index / columns ? 0 : -.infinity
    }
    let triangle = context.constant(Tensor(shape: [rows, columns], values))
    guard let bias else { return triangle }
    return try context.emit(.binary(.add), bias, triangle)
  }
}
