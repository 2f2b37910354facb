import CSwiftletKernels

/// A range of a tensor's channels in memory: `count` rows of `channels` elements, `stride` elements apart.
struct BoundRows {
  let base: UnsafeMutableRawPointer
  let count: Int
  let channels: Int
  let stride: Int
  let isInt16: Bool
  let zeroPoint: Int

  /// Whether the rows follow each other without a gap.
  var isContiguous: Bool { channels == stride }

  /// Bytes of an element.
  var elementSize: Int { isInt16 ? 2 : 1 }

  /// The address of an element.
  @inline(__always)
  func address(row: Int, channel: Int = 0) -> UnsafeMutableRawPointer {
    base + (row * stride + channel) * elementSize
  }

  /// The address of an int8 element.
  @inline(__always)
  func int8(row: Int, channel: Int = 0) -> UnsafeMutablePointer<Int8> {
    address(row: row, channel: channel).assumingMemoryBound(to: Int8.self)
  }

  /// The address of an int16 element.
  @inline(__always)
  func int16(row: Int, channel: Int = 0) -> UnsafeMutablePointer<Int16> {
    address(row: row, channel: channel).assumingMemoryBound(to: Int16.self)
  }
}

/// The 16-bit rule's arguments by output channel, and the clamp of an int8 output.
struct BoundRule {
  let bias: UnsafePointer<Int32>
  let multiplier: UnsafePointer<Int16>
  let shift: UnsafePointer<Int8>
  let low: Int
  let high: Int

  /// The kernel's form, beginning at a channel.
  @inline(__always)
  func from(channel: Int, zeroPoint: Int) -> swl_rule {
    swl_rule(
      bias: bias + channel, multiplier: multiplier + channel, shift: shift + channel,
      zero_point: Int32(zeroPoint), low: Int32(low), high: Int32(high))
  }
}

/// Where an operator's output goes, and what is done to it before it is stored.
struct BoundEpilogue {
  let output: BoundRows
  let table: UnsafePointer<Int8>?
  let residual: BoundRows?
  let residualMultiplier: Int

  /// The zero point of the rule before the epilogue: a table is indexed by a number whose zero point is part of the bias.
  @inline(__always)
  var ruleZeroPoint: Int { table == nil ? output.zeroPoint : 0 }

  /// The kernel's form, beginning at an element of the output.
  @inline(__always)
  func from(row: Int, channel: Int) -> swl_epilogue {
    swl_epilogue(
      out: output.address(row: row, channel: channel), out_stride: output.stride,
      out_is_int16: output.isInt16 ? 1 : 0, table: table,
      residual: residual.map { UnsafeRawPointer($0.address(row: row, channel: channel)) },
      residual_stride: residual?.stride ?? 0,
      residual_zero_point: Int32(residual?.zeroPoint ?? 0),
      residual_multiplier: Int32(residualMultiplier))
  }
}
