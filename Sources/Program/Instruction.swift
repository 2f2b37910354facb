/// One step of a program. The arithmetic of each is in DESIGN.md, section 3, and in `CKernels/spec`.
public enum Instruction: Sendable, Equatable, Codable {
  /// A convolution over a map, or a linear layer over rows (a 1 x 1 convolution): one GEMM.
  case convolution(Convolution)
  /// A convolution whose groups are single channels; average pooling is one with weights of 1.
  case depthwise(Depthwise)
  /// Softmax attention, whatever its windows.
  case attention(Attention)
  /// Layer normalisation over channels, int16 to int8.
  case layerNorm(LayerNorm)
  /// Element-wise sum of two tensors of one type.
  case add(Add)
  /// Element-wise product of int8 tensors.
  case multiply(Multiply)
  /// A table applied to every element of an int8 tensor.
  case lookup(Lookup)
  /// int16 to int8 with one affine function a channel.
  case requantize(Requantize)
  /// The mean over all rows.
  case mean(Mean)
  /// Elements moved by an index map.
  case gather(Gather)
}

/// The 16-bit rule's arguments by output channel, each padded to a multiple of 16 entries in the file.
public struct Rule: Sendable, Equatable, Codable {
  /// int32: b'.
  public var bias: DataName
  /// int16: m, 2^14 <= |m| <= 32767.
  public var multiplier: DataName
  /// int8: p, -8...24.
  public var shift: DataName
  /// The smallest value of an int8 output.
  public var low: Int
  /// The largest value of an int8 output.
  public var high: Int

  /// Creates a rule.
  public init(bias: DataName, multiplier: DataName, shift: DataName, low: Int, high: Int) {
    self.bias = bias
    self.multiplier = multiplier
    self.shift = shift
    self.low = low
    self.high = high
  }
}

/// What follows the rule in the same instruction.
public struct Epilogue: Sendable, Equatable, Codable {
  /// Added before the clamp: a tensor of the output's shape and type.
  public var residual: Residual?
  /// int8 `[256]`, indexed by q + 128: applied last. With a table the rule's zero point is 0: that of the table's argument
  /// is part of the rule's bias.
  public var table: DataName?

  /// A tensor added in an epilogue.
  public struct Residual: Sendable, Equatable, Codable {
    /// What is added.
    public var operand: Operand
    /// For int8, 2^14 * (its scale / the output's scale), at most 2^14; unused for int16.
    public var multiplier: Int

    /// Creates a residual.
    public init(operand: Operand, multiplier: Int) {
      self.operand = operand
      self.multiplier = multiplier
    }
  }

  /// Creates an epilogue.
  public init(residual: Residual? = nil, table: DataName? = nil) {
    self.residual = residual
    self.table = table
  }
}

/// The geometry of a window moved over a map.
public struct Window: Sendable, Equatable, Codable {
  /// Rows and columns of the input map.
  public var inputHeight: Int
  /// Columns of the input map.
  public var inputWidth: Int
  /// Rows of the output map.
  public var outputHeight: Int
  /// Columns of the output map.
  public var outputWidth: Int
  /// Taps, vertically.
  public var kernelHeight: Int
  /// Taps, horizontally.
  public var kernelWidth: Int
  /// Rows between outputs.
  public var strideY: Int
  /// Columns between outputs.
  public var strideX: Int
  /// Rows between taps.
  public var dilationY: Int
  /// Columns between taps.
  public var dilationX: Int
  /// Rows of padding above.
  public var padTop: Int
  /// Columns of padding on the left.
  public var padLeft: Int

  /// Creates a window.
  public init(
    inputHeight: Int, inputWidth: Int, outputHeight: Int, outputWidth: Int, kernelHeight: Int,
    kernelWidth: Int, strideY: Int = 1, strideX: Int = 1, dilationY: Int = 1, dilationX: Int = 1,
    padTop: Int = 0, padLeft: Int = 0
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
}

/// See `Instruction.convolution`.
public struct Convolution: Sendable, Equatable, Codable {
  /// The name of the node it came from.
  public var name: String
  /// int8 `[inputHeight * inputWidth, channels]`.
  public var input: Operand
  /// `[outputHeight * outputWidth, outputs]`, int8 or int16.
  public var output: TensorID
  /// nil for a linear layer: every input row gives one output row.
  public var window: Window?
  /// int8 panels `[N/16][K/4][16][4]`, K in the order (ky, [kx, c]); each run of a tap row (of a single tap where
  /// dilationX > 1) padded to 4, K padded to 64, N to 16, with zeros.
  public var weights: DataName
  /// int8 `[channels]`: what taps in the padding read; nil where there is no padding.
  public var padding: DataName?
  /// By output channel.
  public var rule: Rule
  /// Table and residual.
  public var epilogue: Epilogue

  /// Creates a convolution.
  public init(
    name: String, input: Operand, output: TensorID, window: Window?, weights: DataName,
    padding: DataName?, rule: Rule, epilogue: Epilogue
  ) {
    self.name = name
    self.input = input
    self.output = output
    self.window = window
    self.weights = weights
    self.padding = padding
    self.rule = rule
    self.epilogue = epilogue
  }
}

/// See `Instruction.depthwise`.
public struct Depthwise: Sendable, Equatable, Codable {
  /// The name of the node it came from.
  public var name: String
  /// int8 `[inputHeight * inputWidth, channels]`.
  public var input: Operand
  /// `[outputHeight * outputWidth, channels]`, int8 or int16.
  public var output: TensorID
  /// Geometry; kernelHeight * kernelWidth is at most 1024.
  public var window: Window
  /// int8 panels `[C/16][taps/4][16][4]`, taps row-major, padded to 4 with zeros.
  public var weights: DataName
  /// int8 `[channels]`: what taps in the padding read; nil where there is no padding.
  public var padding: DataName?
  /// By channel.
  public var rule: Rule
  /// Table and residual.
  public var epilogue: Epilogue

  /// Creates a depthwise convolution.
  public init(
    name: String, input: Operand, output: TensorID, window: Window, weights: DataName,
    padding: DataName?, rule: Rule, epilogue: Epilogue
  ) {
    self.name = name
    self.input = input
    self.output = output
    self.window = window
    self.weights = weights
    self.padding = padding
    self.rule = rule
    self.epilogue = epilogue
  }
}

/// See `Instruction.attention`: for each group and head, softmax(Q KT + bias) V.
///
/// Head h of an operand is its channels h * (channels / heads) and following. Group g's token t is row
/// `queryRows[g * queryTokens + t]` of query and output, and `keyRows[g * keyTokens + t]` of key and value; without a
/// table, row g * tokens + t.
public struct Attention: Sendable, Equatable, Codable {
  /// The name of the node it came from.
  public var name: String
  /// int8, zero point 0, within -127...127.
  public var query: Operand
  /// int8, zero point 0, within -127...127.
  public var key: Operand
  /// int8, zero point 0, within -127...127.
  public var value: Operand
  /// int8.
  public var output: TensorID
  /// The number of heads.
  public var heads: Int
  /// The number of windows that attend each by itself.
  public var groups: Int
  /// Queries of a group.
  public var queryTokens: Int
  /// Keys of a group.
  public var keyTokens: Int
  /// int32 `[groups * queryTokens]`.
  public var queryRows: DataName?
  /// int32 `[groups * keyTokens]`.
  public var keyRows: DataName?
  /// The logits' rule: int16, step ln 2 / 64.
  public var logits: ScalarRule
  /// int16 `[biasGroups][heads][queryTokens][keyTokens]`, in the logits' step; group g reads entry g mod biasGroups.
  public var bias: DataName?
  /// How many groups of biases there are.
  public var biasGroups: Int
  /// Bits of the exponential: 7 (one plane) or 8...14 (two planes).
  public var exponentBits: Int
  /// uint16 `[64]`: round((2^bits - 1) * 2^(-f / 64)).
  public var exponentTable: DataName
  /// The output's factor, 64 * (the value's scale / the output's scale) = outputMantissa * 2^outputExponent, mantissa in
  /// 2^30..<2^31; the kernel divides it by the row's sum.
  public var outputMantissa: Int
  /// See `outputMantissa`.
  public var outputExponent: Int
  /// The smallest value of the output.
  public var low: Int
  /// The largest value of the output.
  public var high: Int

  /// One set of the rule's arguments for all elements.
  public struct ScalarRule: Sendable, Equatable, Codable {
    /// b', the rounding constant included.
    public var bias: Int
    /// m, 2^14 <= |m| <= 32767.
    public var multiplier: Int
    /// p, -8...24.
    public var shift: Int

    /// Creates a rule.
    public init(bias: Int, multiplier: Int, shift: Int) {
      self.bias = bias
      self.multiplier = multiplier
      self.shift = shift
    }
  }

  /// Creates an attention.
  public init(
    name: String, query: Operand, key: Operand, value: Operand, output: TensorID, heads: Int,
    groups: Int, queryTokens: Int, keyTokens: Int, queryRows: DataName?, keyRows: DataName?,
    logits: ScalarRule, bias: DataName?, biasGroups: Int, exponentBits: Int,
    exponentTable: DataName, outputMantissa: Int, outputExponent: Int, low: Int, high: Int
  ) {
    self.name = name
    self.query = query
    self.key = key
    self.value = value
    self.output = output
    self.heads = heads
    self.groups = groups
    self.queryTokens = queryTokens
    self.keyTokens = keyTokens
    self.queryRows = queryRows
    self.keyRows = keyRows
    self.logits = logits
    self.bias = bias
    self.biasGroups = biasGroups
    self.exponentBits = exponentBits
    self.exponentTable = exponentTable
    self.outputMantissa = outputMantissa
    self.outputExponent = outputExponent
    self.low = low
    self.high = high
  }
}
