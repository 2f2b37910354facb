import Testing

@Suite struct AttentionTests {
  static let shapes = [
    AttentionShape(queryTokens: 17, keyTokens: 17, depth: 16, channels: 16),
    AttentionShape(heads: 3, queryTokens: 197, keyTokens: 197, depth: 64, channels: 64, bits: 14),
    AttentionShape(heads: 2, queryTokens: 50, keyTokens: 49, depth: 10, channels: 7, bits: 7),
    AttentionShape(
      heads: 3, groups: 4, queryTokens: 49, keyTokens: 49, depth: 32, channels: 32, bits: 12,
      biasGroups: 1, hasQueryRows: true, hasKeyRows: true),
    AttentionShape(
      heads: 2, groups: 6, queryTokens: 9, keyTokens: 13, depth: 6, channels: 11, biasGroups: 3,
      hasQueryRows: true),
    AttentionShape(
      heads: 1, groups: 5, queryTokens: 16, keyTokens: 4, depth: 8, channels: 20, bits: 7,
      biasGroups: 5, hasKeyRows: true),
    AttentionShape(queryTokens: 1, keyTokens: 1, depth: 4, channels: 1),
    AttentionShape(
      queryTokens: 70, keyTokens: 1030, depth: 8, channels: 16, bits: 13, biasGroups: 1),
  ]

  @Test(arguments: shapes) func matchesReference(_ shape: AttentionShape) throws {
    var builder = ProgramBuilder(
      seed: UInt64(shape.queryTokens), inputRows: 1, inputChannels: 1)
    let output = builder.attention(shape)
    try expectReference(&builder, output)
  }
}
