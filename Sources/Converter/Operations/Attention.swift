import SwiftletGraph
import SwiftletProgram

extension Plan {
  /// Softmax attention: see the instruction.
  package struct Attention: OperationBody {
    var query: Operand
    var key: Operand
    var value: Operand
    /// The graph values of the operands: their ranges are those of the slices, not of the tensor they lie in.
    var queryValue: Graph.ValueID
    var keyValue: Graph.ValueID
    var valueValue: Graph.ValueID
    var scale: Float
    var heads: Int
    var groups: Int
    var queryTokens: Int
    var keyTokens: Int
    var queryRows: [Int32]?
    var keyRows: [Int32]?
    /// `[biasGroups][heads][queryTokens][keyTokens]`
    var bias: [Float]?
    var biasGroups: Int

    var inputs: [TensorID] { [query.tensor, key.tensor, value.tensor] }
    var writesInt16: Bool { false }

    func constraints(writing output: TensorID, in plan: Plan) -> [Constraint] {
      [.symmetric(query, queryValue), .symmetric(key, keyValue), .symmetric(value, valueValue)]
    }

    /// The logits' step, ln 2 / 64: the exponential is a table of the fraction and a shift (docs/ARITHMETIC.md, "Attention").
    private static let logitStep = 0.6931471805599453 / 64

    func emit(_ operation: Operation, into quantizer: inout Quantizer) throws {
      let query = try quantizer.tensor(query.tensor, as: .int8)
      let key = try quantizer.tensor(key.tensor, as: .int8)
      let value = try quantizer.tensor(value.tensor, as: .int8)
      for tensor in [query, key, value] where quantizer.quantization(of: tensor).zeroPoint != 0 {
        throw ConversionError(
          "\(quantizer.tensors[tensor].title): attention reads it, so it must be symmetric")
      }
      let step =
        quantizer.quantization(of: query).scale(of: self.query)
        * quantizer.quantization(of: key).scale(of: self.key) * Double(scale)
      let depth = self.query.channels / heads
      let logits: ScalarRule
      do {
        logits = try ScalarRule(
          factor: step / Self.logitStep, sum: depth * 127 * 127, isInt16: true)
      } catch is ConversionError {
        throw ConversionError(
          "one step of a query and of a key changes its logits by \(Float(step)): queries and keys are too large for a softmax in int8; check that the model's weights are trained"
        )
      }
      let bias = bias.map { values in
        quantizer.add(
          DataTensor(
            values.map {
              Int16(max(-32767, min(32767, (Double($0) / Self.logitStep).rounded())))
            }), "bias")
      }
      let bits = Self.exponentBits(keys: keyTokens)
      let table = quantizer.add(
        DataTensor(SwiftletProgram.Attention.exponentTable(bits: bits)), "exponent")
      let queryRows = queryRows.map { quantizer.add(DataTensor($0), "queryRows") }
      let keyRows = keyRows.map { quantizer.add(DataTensor($0), "keyRows") }
      func view(_ operand: Operand, in tensor: TensorID, _ rows: DataName?) -> Operand {
        Operand(
          tensor: tensor, offset: operand.offset, channels: operand.channels, rows: rows)
      }

      let output = try quantizer.narrowOutput(operation)
      let narrow = quantizer.quantization(of: output)
      let factor = MantissaEncoding(
        64 * quantizer.quantization(of: value).scale(of: self.value) / narrow.scales[0])
      quantizer.instructions.append(
        .attention(
          SwiftletProgram.Attention(
            name: operation.name, query: view(self.query, in: query, queryRows),
            key: view(self.key, in: key, keyRows),
            value: view(self.value, in: value, keyRows), output: output, heads: heads,
            groups: groups,
            queryTokens: queryTokens, keyTokens: keyTokens,
            logits: logits, bias: bias, biasGroups: biasGroups, exponentBits: bits,
            exponentTable: table, outputMantissa: factor.mantissa, outputExponent: factor.exponent,
            low: narrow.low, high: 127)))
      try quantizer.widenIfNeeded(output, operation)
    }

    /// min(14, 24 - ceil(log2 N)): the sum of a row stays below 2^24.
    static func exponentBits(keys: Int) -> Int {
      var log = 0
      while 1 << log < keys { log += 1 }
      return max(7, min(14, 24 - log))
    }
  }
}

extension Lowerer {
  /// The batches of an attention operand as (rows of a tensor, first channel): heads are channel offsets, windows row sets.
  private struct Batches {
    var tensor: TensorID
    var rows: [[Int32]]
    var offsets: [Int]
    var channels: Int
  }

  mutating func lowerAttention(scale: Float, _ node: Graph.Node) throws {
    let values = try (0..<3).map { try input(node, $0) }
    let shapes = values.map { shape($0) }
    guard shapes.allSatisfy({ $0.count >= 2 }),
      shapes.allSatisfy({ $0.dropLast(2) == shapes[0].dropLast(2) })
    else { throw Unsupported("its operands have different leading axes") }
    let (depth, valueDepth) = (shapes[0][shapes[0].count - 1], shapes[2][shapes[2].count - 1])
    let (queries, keys) = (shapes[0][shapes[0].count - 2], shapes[1][shapes[1].count - 2])
    let count = shapes[0].dropLast(2).reduce(1, *)

    sortHeads(of: values, count: count)
    var query = try batches(values[0], count: count, channels: depth, name: node.name + ".query")
    var key = try batches(values[1], count: count, channels: depth, name: node.name + ".key")
    var value = try batches(
      values[2], count: count, channels: valueDepth, name: node.name + ".value")

    var factors = groupsAndHeads(query)
    let isRegular =
      factors.map { isConsistent(key, with: $0) && isConsistent(value, with: $0) } ?? false
    if !isRegular || key.rows != value.rows || !coversEachRowOnce(query) {
      // Heads side by side, batches one below the other: correct for any arrangement.
      (query, key, value) = (
        try regular(values[0], count, queries, depth, node.name + ".query"),
        try regular(values[1], count, keys, depth, node.name + ".key"),
        try regular(values[2], count, keys, valueDepth, node.name + ".value")
      )
      factors = groupsAndHeads(query)
    }
    guard let (groups, heads, order) = factors else {
      throw Unsupported("its heads and windows do not factor")
    }

    let queryTable = (0..<groups).flatMap { query.rows[order[$0][0]] }
    let keyTable = (0..<groups).flatMap { key.rows[order[$0][0]] }
    var bias: [Float]?
    var biasGroups = 1
    if node.inputs.count > 3, let biasValue = node.inputs[3] {
      (bias, biasGroups) = try arrangeBias(
        biasValue, shape: Array(shapes[0].dropLast(2)) + [queries, keys], order: order)
    }
    func operand(_ batches: Batches) -> Operand {
      Operand(
        tensor: batches.tensor, offset: batches.offsets[order[0][0]],
        channels: heads * batches.channels)
    }
    let attention = Plan.Attention(
      query: operand(query), key: operand(key), value: operand(value), queryValue: values[0],
      keyValue: values[1], valueValue: values[2], scale: scale, heads: heads, groups: groups,
      queryTokens: queries, keyTokens: keys, queryRows: queryTable.isIdentity ? nil : queryTable,
      keyRows: keyTable.isIdentity ? nil : keyTable, bias: bias, biasGroups: biasGroups)

    let channels = heads * valueDepth
    var positions = [Int32](repeating: 0, count: count * queries * valueDepth)
    for group in 0..<groups {
      for head in 0..<heads {
        let batch = order[group][head]
        for (token, row) in query.rows[batch].enumerated() {
          for c in 0..<valueDepth {
            positions[(batch * queries + token) * valueDepth + c] =
              row * Int32(channels) + Int32(head * valueDepth + c)
          }
        }
      }
    }
    try emit(
      .attention(attention), node: node, rows: plan.tensors[query.tensor].rows,
      channels: channels, positions: positions)
  }

  private mutating func batches(
    _ value: Graph.ValueID, count: Int, channels: Int, name: String
  ) throws -> Batches {
    let source = try map(of: value)
    let size = source.count / count
    var found = Batches(tensor: -1, rows: [], offsets: [], channels: channels)
    for batch in 0..<count {
      let view = space.rowView(
        of: source[batch * size..<(batch + 1) * size], channels: channels, in: plan)
      guard let view, found.tensor < 0 || found.tensor == view.tensor else {
        return try regular(value, count, size / channels, channels, name)
      }
      found.tensor = view.tensor
      found.rows.append(view.rows)
      found.offsets.append(view.offset)
    }
    return found
  }

  /// Gathers an operand so that each batch is a group of its own with one head.
  private mutating func regular(
    _ value: Graph.ValueID, _ count: Int, _ tokens: Int, _ channels: Int, _ name: String
  ) throws -> Batches {
    let tensor = try gather(
      try map(of: value), rows: count * tokens, channels: channels, name: name)
    return Batches(
      tensor: tensor,
      rows: (0..<count).map { batch in (0..<tokens).map { Int32(batch * tokens + $0) } },
      offsets: Array(repeating: 0, count: count), channels: channels)
  }

  /// Batches by group and head: `order[group][head]`, heads at channels `offset + head * channels`.
  private func groupsAndHeads(
    _ batches: Batches
  ) -> (groups: Int, heads: Int, order: [[Int]])? {
    var groupOf: [[Int32]: Int] = [:]
    var order: [[(offset: Int, batch: Int)]] = []
    for (batch, rows) in batches.rows.enumerated() {
      let group = groupOf[rows] ?? order.count
      if group == order.count {
        groupOf[rows] = group
        order.append([])
      }
      order[group].append((batches.offsets[batch], batch))
    }
    let heads = order[0].count
    for group in order.indices {
      order[group].sort { $0 < $1 }
      guard order[group].count == heads,
        order[group].indices.allSatisfy({
          order[group][$0].offset == order[0][0].offset + $0 * batches.channels
        })
      else { return nil }
    }
    return (order.count, heads, order.map { $0.map(\.batch) })
  }

  /// Whether an operand's batches have one row set a group, and its heads side by side in the same order.
  private func isConsistent(
    _ batches: Batches, with factors: (groups: Int, heads: Int, order: [[Int]])
  ) -> Bool {
    let first = batches.offsets[factors.order[0][0]]
    return factors.order.allSatisfy { group in
      group.enumerated().allSatisfy { head, batch in
        batches.rows[batch] == batches.rows[group[0]]
          && batches.offsets[batch] == first + head * batches.channels
      }
    }
  }

  private func coversEachRowOnce(_ query: Batches) -> Bool {
    var rows: [Int32] = []
    for (batch, offset) in query.offsets.enumerated() where offset == query.offsets[0] {
      rows += query.rows[batch]
    }
    return RowView(tensor: query.tensor, offset: 0, channels: 1, rows: rows)
      .isPermutation(of: plan.tensors[query.tensor].rows)
  }

  /// The bias as `[group][head][query][key]`, with one group where all are equal.
  private func arrangeBias(
    _ value: Graph.ValueID, shape: [Int], order: [[Int]]
  ) throws -> (bias: [Float], groups: Int) {
    guard let constant = graph.values[value].constant, let floats = constant.floats else {
      throw Unsupported(
        "its bias or mask is computed from activations; only a constant one is supported")
    }
    guard floats.allSatisfy({ !$0.isNaN }) else {
      throw Unsupported("its bias holds values that are not a number")
    }
    let full = try Operator.expand(shape: shape).move(
      [(constant.shape, floats)], padding: 0)[0]
    let keys = shape[shape.count - 1]
    let isMasked = stride(from: 0, to: full.count, by: keys).contains { start in
      full[start..<start + keys].allSatisfy { $0 == -.infinity }
    }
    guard !isMasked else {
      throw Unsupported(
        "its mask leaves a query no key at all; give such queries one, or leave them out")
    }
    let size = shape.suffix(2).reduce(1, *)
    let groups = order.map { group in
      group.flatMap { full[$0 * size..<($0 + 1) * size] }
    }
    if groups.allSatisfy({ $0 == groups[0] }) { return (groups[0], 1) }
    return (groups.flatMap { $0 }, groups.count)
  }
}
