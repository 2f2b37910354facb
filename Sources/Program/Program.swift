/// A flat int8 program: what the runtime executes, and all it knows of a model.
///
/// Activations are two-dimensional, `[rows, channels]`: a feature map `[H, W, C]` is a list of H * W rows, a token list
/// `[T, C]` one of T. Instructions stand in execution order; each writes its output tensor once.
package struct Program: Sendable, Equatable, Codable {
  /// The version of the program's format that this library reads and writes.
  package static let currentVersion = 2

  /// The format's version.
  package var version: Int
  /// What the model takes.
  package var input: Input
  /// Activations and constants, by `TensorID`.
  package var tensors: [ActivationTensor]
  /// The instructions in execution order.
  package var instructions: [Instruction]
  /// The tensor that holds the logits: int16, one row.
  package var output: TensorID

  /// Creates a program of the current version.
  package init(
    input: Input, tensors: [ActivationTensor], instructions: [Instruction], output: TensorID
  ) {
    self.version = Self.currentVersion
    self.input = input
    self.tensors = tensors
    self.instructions = instructions
    self.output = output
  }
}

extension Program {
  /// The multiply-adds of all instructions, padding excluded.
  package var macs: Int { instructions.reduce(0) { $0 + $1.body.macs(in: self) } }
}

/// The index of a tensor in `Program.tensors`.
package typealias TensorID = Int

/// The name of a tensor of the file: weights, tables, index maps.
package typealias DataName = String

/// How an activation's elements are stored.
package enum ActivationType: String, Sendable, Codable {
  /// Affine: real = (q - zeroPoint) * scale.
  case int8
  /// Symmetric: real = q * scale.
  case int16
  /// Bytes of one element.
  package var size: Int { self == .int8 ? 1 : 2 }
}

/// One activation of a program, or one constant.
package struct ActivationTensor: Sendable, Equatable, Codable {
  /// The name of the value in the source model that it holds, or is made of.
  package var name: String
  /// What it holds of that value.
  package var form: Form
  /// Pixels or tokens.
  package var rows: Int
  /// Channels of each row.
  package var channels: Int
  /// The element type.
  package var type: ActivationType
  /// Real value of one step; metadata, the arithmetic never reads it.
  package var scale: Float
  /// float32 `[channels]`, where channels have steps of their own, as Q, K and V that one layer writes do; `scale` is then
  /// the first one's. Metadata too.
  package var scales: DataName?
  /// The integer that stands for zero; 0 for int16.
  package var zeroPoint: Int
  /// For a constant, its elements in the file (`[rows, channels]` of the element type).
  package var constant: DataName?

  /// What a tensor holds of a value of the source model.
  package enum Form: String, Sendable, Codable {
    /// The value itself.
    case value
    /// The value in another type or range than its own.
    case converted
    /// A value that is stored as int16 and read in two int8 planes, value = 128 * high + low: these, and the value less its
    /// high plane.
    case high, low, rest
    /// A layer's sum over the low plane, and over both.
    case partial, sum
    /// What a table reads that gives the value.
    case argument
    /// The value before its ReLU.
    case unlimited
  }

  /// Creates a tensor's description.
  package init(
    name: String, form: Form = .value, rows: Int, channels: Int, type: ActivationType, scale: Float,
    zeroPoint: Int,
    scales: DataName? = nil, constant: DataName? = nil
  ) {
    self.name = name
    self.form = form
    self.rows = rows
    self.channels = channels
    self.type = type
    self.scale = scale
    self.scales = scales
    self.zeroPoint = zeroPoint
    self.constant = constant
  }
}

extension ActivationTensor {
  /// Elements of all rows.
  package var elementCount: Int { rows * channels }

  /// Its name and, where it is not the value itself, its form, for people.
  package var title: String {
    switch form {
    case .value: name
    case .converted: "\(name).\(type.rawValue)"
    case .high, .low, .rest, .partial, .sum, .argument, .unlimited: "\(name).\(form.rawValue)"
    }
  }
}

/// A view of a tensor: a range of its channels, of all rows or of those that a table names.
package struct Operand: Sendable, Equatable, Codable {
  /// The tensor.
  package var tensor: TensorID
  /// The first channel.
  package var offset: Int
  /// The number of channels.
  package var channels: Int
  /// int32, the tensor's row for each row of the view; nil for all rows in order.
  package var rows: DataName?

  /// Creates an operand.
  package init(tensor: TensorID, offset: Int, channels: Int, rows: DataName? = nil) {
    self.tensor = tensor
    self.offset = offset
    self.channels = channels
    self.rows = rows
  }
}

/// What a model takes, and how an image becomes it.
public struct Input: Sendable, Equatable, Codable {
  /// The tensor that is filled before the first instruction: `[height * width, channels]` int8.
  package var tensor: TensorID
  /// The shape of the source model's input, without the batch: `[C, H, W]` for images.
  public var shape: [Int]
  /// Where the model takes images, how they are made ready: the int8 input is then the pixel byte minus 128, and the mean
  /// and standard deviation are folded into the first layer. Else the input is an ordinary quantized tensor.
  public var preprocessing: Preprocessing?

  /// Creates an input's description.
  package init(tensor: TensorID, shape: [Int], preprocessing: Preprocessing?) {
    self.tensor = tensor
    self.shape = shape
    self.preprocessing = preprocessing
  }
}
