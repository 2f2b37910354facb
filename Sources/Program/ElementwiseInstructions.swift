/// See `Instruction.layerNorm`.
public struct LayerNorm: Sendable, Equatable, Codable {
  /// The name of the node it came from.
  public var name: String
  /// int16 `[rows, channels]`; at most 65536 channels.
  public var input: Operand
  /// int8, same shape.
  public var output: TensorID
  /// E = max(1, round(N^2 * eps / s_x^2)), at most 2^62.
  public var epsilon: UInt64
  /// K * N = mantissa * 2^exponent, mantissa in 2^30..<2^31; K is the factor from 256 normalised units to w.
  public var mantissa: Int
  /// See `mantissa`.
  public var exponent: Int
  /// The rule on 256 * w + b', by channel.
  public var rule: Rule

  /// Creates a layer normalisation.
  public init(
    name: String, input: Operand, output: TensorID, epsilon: UInt64, mantissa: Int, exponent: Int,
    rule: Rule
  ) {
    self.name = name
    self.input = input
    self.output = output
    self.epsilon = epsilon
    self.mantissa = mantissa
    self.exponent = exponent
    self.rule = rule
  }
}

/// See `Instruction.add`. int16: one scale for both inputs and the output, saturating. int8: by the 16-bit rule.
public struct Add: Sendable, Equatable, Codable {
  /// The name of the node it came from.
  public var name: String
  /// The first input, of the output's shape.
  public var left: Operand
  /// The second input: the output's shape, or one row for all rows.
  public var right: Operand
  /// The sum.
  public var output: TensorID
  /// For int8, 2^14 * (left's scale / the output's scale), at most 2^14; 0 for int16.
  public var leftMultiplier: Int
  /// As `leftMultiplier`, for the second input.
  public var rightMultiplier: Int
  /// The smallest value of an int8 output.
  public var low: Int
  /// The largest value of an int8 output.
  public var high: Int

  /// Creates a sum.
  public init(
    name: String, left: Operand, right: Operand, output: TensorID, leftMultiplier: Int,
    rightMultiplier: Int, low: Int, high: Int
  ) {
    self.name = name
    self.left = left
    self.right = right
    self.output = output
    self.leftMultiplier = leftMultiplier
    self.rightMultiplier = rightMultiplier
    self.low = low
    self.high = high
  }
}

/// See `Instruction.multiply`: the rule on (left - zl) * (right - zr) + bias.
public struct Multiply: Sendable, Equatable, Codable {
  /// The name of the node it came from.
  public var name: String
  /// int8, of the output's shape.
  public var left: Operand
  /// int8: the output's shape, or one row for all rows.
  public var right: Operand
  /// int8.
  public var output: TensorID
  /// The rule's arguments.
  public var rule: Attention.ScalarRule
  /// The smallest value of the output.
  public var low: Int
  /// The largest value of the output.
  public var high: Int

  /// Creates a product.
  public init(
    name: String, left: Operand, right: Operand, output: TensorID, rule: Attention.ScalarRule,
    low: Int, high: Int
  ) {
    self.name = name
    self.left = left
    self.right = right
    self.output = output
    self.rule = rule
    self.low = low
    self.high = high
  }
}

/// See `Instruction.lookup`.
public struct Lookup: Sendable, Equatable, Codable {
  /// The name of the node it came from.
  public var name: String
  /// int8.
  public var input: Operand
  /// int8, same shape.
  public var output: TensorID
  /// int8 `[256]`, indexed by q + 128.
  public var table: DataName

  /// Creates a look-up.
  public init(name: String, input: Operand, output: TensorID, table: DataName) {
    self.name = name
    self.input = input
    self.output = output
    self.table = table
  }
}

/// See `Instruction.requantize`: the rule on 256 * x + b', by channel.
public struct Requantize: Sendable, Equatable, Codable {
  /// The name of the node it came from.
  public var name: String
  /// int16.
  public var input: Operand
  /// int8, same shape.
  public var output: TensorID
  /// By channel.
  public var rule: Rule

  /// Creates a requantization.
  public init(name: String, input: Operand, output: TensorID, rule: Rule) {
    self.name = name
    self.input = input
    self.output = output
    self.rule = rule
  }
}

/// See `Instruction.mean`: the rule on the sum over rows.
public struct Mean: Sendable, Equatable, Codable {
  /// The name of the node it came from.
  public var name: String
  /// int8 or int16.
  public var input: Operand
  /// One row, int8 or int16.
  public var output: TensorID
  /// By channel; 1 / rows is part of the multiplier.
  public var rule: Rule
  /// Table only.
  public var epilogue: Epilogue

  /// Creates a mean.
  public init(name: String, input: Operand, output: TensorID, rule: Rule, epilogue: Epilogue) {
    self.name = name
    self.input = input
    self.output = output
    self.rule = rule
    self.epilogue = epilogue
  }
}

/// See `Instruction.gather`: run u of the output (of `run` elements, row-major over the whole output) is copied from
/// element `offsets[u]` of source `sources[u]` (of the first where there is only one).
///
/// Sources and output share one type, scale and zero point.
public struct Gather: Sendable, Equatable, Codable {
  /// The name of the node it came from.
  public var name: String
  /// Whole tensors.
  public var inputs: [TensorID]
  /// Of any shape.
  public var output: TensorID
  /// Elements that move together.
  public var run: Int
  /// int32, one entry a run.
  public var offsets: DataName
  /// int32, one entry a run; nil with one input.
  public var sources: DataName?

  /// Creates a gather.
  public init(
    name: String, inputs: [TensorID], output: TensorID, run: Int, offsets: DataName,
    sources: DataName?
  ) {
    self.name = name
    self.inputs = inputs
    self.output = output
    self.run = run
    self.offsets = offsets
    self.sources = sources
  }
}
