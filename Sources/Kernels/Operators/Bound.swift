import CSwiftletKernels

/// A range of a tensor's channels in memory: `count` rows of `channels` elements, `stride` elements apart.
package struct BoundRows {
  package var base: UnsafeMutableRawPointer
  package var count: Int
  package var channels: Int
  package var stride: Int
  package var isInt16: Bool
  package var zeroPoint: Int

  package init(
    base: UnsafeMutableRawPointer, count: Int, channels: Int, stride: Int, isInt16: Bool,
    zeroPoint: Int
  ) {
    self.base = base
    self.count = count
    self.channels = channels
    self.stride = stride
    self.isInt16 = isInt16
    self.zeroPoint = zeroPoint
  }

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
package struct BoundRule {
  package var bias: UnsafePointer<Int32>
  package var multiplier: UnsafePointer<Int16>
  package var shift: UnsafePointer<Int8>
  package var low: Int
  package var high: Int

  package init(
    bias: UnsafePointer<Int32>, multiplier: UnsafePointer<Int16>, shift: UnsafePointer<Int8>,
    low: Int, high: Int
  ) {
    self.bias = bias
    self.multiplier = multiplier
    self.shift = shift
    self.low = low
    self.high = high
  }

  /// The kernel's form, beginning at a channel.
  @inline(__always)
  func from(channel: Int, zeroPoint: Int) -> swl_rule {
    swl_rule(
      bias: bias + channel, multiplier: multiplier + channel, shift: shift + channel,
      zero_point: Int32(zeroPoint), low: Int32(low), high: Int32(high))
  }
}

/// Where an operator's output goes, and what is done to it before it is stored.
package struct BoundEpilogue {
  package var output: BoundRows
  package var table: UnsafePointer<Int8>?
  package var residual: BoundRows?
  package var residualMultiplier: Int

  package init(
    output: BoundRows, table: UnsafePointer<Int8>? = nil, residual: BoundRows? = nil,
    residualMultiplier: Int = 0
  ) {
    self.output = output
    self.table = table
    self.residual = residual
    self.residualMultiplier = residualMultiplier
  }

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

/// The geometry of a window that moves over a map.
package struct BoundWindow {
  package var inputHeight: Int
  package var inputWidth: Int
  package var outputHeight: Int
  package var outputWidth: Int
  package var kernelHeight: Int
  package var kernelWidth: Int
  package var strideY: Int
  package var strideX: Int
  package var dilationY: Int
  package var dilationX: Int
  package var padTop: Int
  package var padLeft: Int

  package init(
    inputHeight: Int, inputWidth: Int, outputHeight: Int, outputWidth: Int, kernelHeight: Int,
    kernelWidth: Int, strideY: Int, strideX: Int, dilationY: Int, dilationX: Int, padTop: Int,
    padLeft: Int
  ) {
    self.inputHeight = inputHeight
    self.inputWidth = inputWidth
    self.outputHeight = outputHeight
    self.outputWidth = outputWidth
    self.kernelHeight = kernelHeight
    self.kernelWidth = kernelWidth
    self.strideY = strideY
    self.strideX = strideX
    self.dilationY = dilationY
    self.dilationX = dilationX
    self.padTop = padTop
    self.padLeft = padLeft
  }

  /// Rows of the input from a window's first tap to its last.
  var spanY: Int { (kernelHeight - 1) * dilationY + 1 }

  /// Columns of padded input that a row of outputs reads.
  var paddedWidth: Int { (outputWidth - 1) * strideX + (kernelWidth - 1) * dilationX + 1 }

  /// Rows of padded input that a column of outputs reads.
  var paddedHeight: Int { (outputHeight - 1) * strideY + spanY }

  /// Whether all taps of the window whose first one is there lie inside the input.
  @inline(__always)
  func isInside(top: Int, left: Int) -> Bool {
    top >= 0 && left >= 0 && top + spanY <= inputHeight
      && left + (kernelWidth - 1) * dilationX < inputWidth
  }

  /// Whether any tap lies outside the input.
  private var readsPadding: Bool {
    padTop > 0 || padLeft > 0 || paddedWidth > inputWidth || paddedHeight > inputHeight
  }

  /// Whether output row i is input row i: a 1 x 1 window that moves by one.
  var isPointwise: Bool {
    kernelHeight == 1 && kernelWidth == 1 && strideY == 1 && strideX == 1 && !readsPadding
      && inputWidth == outputWidth
  }
}
