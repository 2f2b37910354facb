import Glibc
import SwiftletProgram
import Testing

/// An attention to be built.
struct AttentionShape: Sendable, CustomTestStringConvertible {
  var heads = 1
  var groups = 1
  var queryTokens: Int
  var keyTokens: Int
  /// Channels of a head's queries and keys, and of its values.
  var depth: Int
  var channels: Int
  var bits = 14
  var biasGroups = 0
  var hasQueryRows = false
  var hasKeyRows = false

  var testDescription: String {
    "\(groups) groups, \(heads) heads, \(queryTokens) x \(keyTokens), \(depth) and \(channels) channels, "
      + "\(bits) bits, \(biasGroups) biases, tables \(hasQueryRows) \(hasKeyRows)"
  }
}

extension ProgramBuilder {
  /// An attention whose queries, keys and values are channels of one tensor, as a linear layer for all three makes it,
  /// or where there are more of the one than of the other, of two; with some channels more at the end.
  mutating func attention(_ shape: AttentionShape) -> TensorID {
    let (queries, values) = (shape.heads * shape.depth, shape.heads * shape.channels)
    let queryCount = shape.groups * shape.queryTokens
    let keyCount = shape.groups * shape.keyTokens
    let keySource = constant(keyCount, 2 * queries + values + 3, zeroPoint: 0, range: -127...127)
    let querySource =
      queryCount == keyCount
      ? keySource : constant(queryCount, queries + 1, zeroPoint: 0, range: -127...127)
    let output = tensor(queryCount, values)
    let top = (1 << shape.bits) - 1
    let exponents = (0..<64).map { UInt16((Double(top) * exp2(-Double($0) / 64)).rounded()) }
    let shift = max(0, Int(log2(5400 * Double(shape.depth).squareRoot() / 500).rounded()))
    var queryRows: DataName?
    if shape.hasQueryRows { queryRows = rowTable(queryCount) }
    var keyRows: DataName?
    if shape.hasKeyRows { keyRows = rowTable(keyCount) }
    var bias: DataName?
    if shape.biasGroups > 0 {
      let sizes = [shape.biasGroups, shape.heads, shape.queryTokens, shape.keyTokens]
      let entries = (0..<sizes.reduce(1, *)).map { _ in
        Int.random(in: 0..<8, using: &random) == 0
          ? Int16.min : Int16.random(in: -300...300, using: &random)
      }
      bias = store(DataTensor(entries, shape: sizes))
    }
    append(
      .attention(
        Attention(
          name: "attention \(output)", query: operand(querySource, 0..<queries, rows: queryRows),
          key: operand(keySource, queries..<2 * queries, rows: keyRows),
          value: operand(keySource, 2 * queries..<2 * queries + values, rows: keyRows),
          output: output,
          heads: shape.heads, groups: shape.groups, queryTokens: shape.queryTokens,
          keyTokens: shape.keyTokens,
          logits: .init(
            bias: .random(in: -500...500, using: &random),
            multiplier: .random(in: 1 << 14...32767, using: &random), shift: shift),
          bias: bias, biasGroups: max(1, shape.biasGroups), exponentBits: shape.bits,
          exponentTable: store(DataTensor(exponents)),
          outputMantissa: .random(in: 1 << 30..<1 << 31, using: &random), outputExponent: -23,
          low: -128, high: 127)))
    return output
  }

  /// A permutation of rows.
  private mutating func rowTable(_ count: Int) -> DataName {
    store(DataTensor((0..<Int32(count)).shuffled(using: &random)))
  }
}
