package import SwiftletGraph
package import SwiftletProgram

/// A model as the runtime will execute it, still in real numbers: channel-last tensors, fused operations, index maps
/// composed. Quantization turns each operation into one instruction.
package struct Plan: Sendable {
  /// One tensor, `[rows, channels]`.
  package struct Tensor: Sendable {
    package var name: String
    package var rows: Int
    package var channels: Int
    /// The graph value whose elements it holds; nil for constants and for what only movement makes.
    package var value: Graph.ValueID?
    /// How the value's elements lie in the tensor.
    package var layout: Layout
    package var constant: [Float]?

    package var count: Int { rows * channels }
  }

  /// Where the elements of a value (in the graph's row-major order) lie in a tensor.
  package enum Layout: Sendable, Equatable {
    case rowMajor
    /// `[1, C, H, W]` held as `[H * W, stride]`.
    case channelsFirst(channels: Int, stride: Int)
    /// Element i lies at position `table[i]`.
    case table([Int32])
  }

  /// One operation and the tensor it writes.
  package struct Operation: Sendable {
    package var name: String
    package var kind: Kind
    package var output: TensorID
  }

  package enum Kind: Sendable {
    case convolution(Layer)
    case depthwise(Layer)
    case attention(Attention)
    case layerNorm(input: Operand, gamma: [Float], beta: [Float], epsilon: Float)
    case add(left: Operand, right: Operand)
    case multiply(left: Operand, right: Operand)
    case unary(Unary, input: Operand)
    /// scale * x + shift, per channel.
    case affine(input: Operand, scale: [Float], shift: [Float])
    /// Over all rows.
    case mean(input: Operand)
    case gather(Gather)
  }

  /// A convolution or linear layer with what follows it.
  package struct Layer: Sendable {
    package var input: Operand
    /// nil for a linear layer.
    package var window: Window?
    /// Convolution: `[outputs][kernelHeight][kernelWidth][channels]`; depthwise: `[channels][taps]`.
    package var weights: [Float]
    package var bias: [Float]
    package var outputs: Int { bias.count }
    /// Added to the layer's result, before the activation.
    package var residual: Operand?
    package var activation: Unary?
    /// With an activation, the graph value that is its input.
    package var preActivation: Graph.ValueID?
  }

  package struct Attention: Sendable {
    package var query: Operand
    package var key: Operand
    package var value: Operand
    /// The graph values of the operands: their ranges are those of the slices, not of the tensor they lie in.
    package var queryValue: Graph.ValueID
    package var keyValue: Graph.ValueID
    package var valueValue: Graph.ValueID
    package var scale: Float
    package var heads: Int
    package var groups: Int
    package var queryTokens: Int
    package var keyTokens: Int
    package var queryRows: [Int32]?
    package var keyRows: [Int32]?
    /// `[biasGroups][heads][queryTokens][keyTokens]`
    package var bias: [Float]?
    package var biasGroups: Int
  }

  package struct Gather: Sendable {
    package var inputs: [TensorID]
    package var run: Int
    package var offsets: [Int32]
    package var sources: [Int32]?
  }

  package var tensors: [Tensor] = []
  package var operations: [Operation] = []
  package var input: TensorID = 0
  package var output: TensorID = 0

  package mutating func addTensor(_ tensor: Tensor) -> TensorID {
    tensors.append(tensor)
    return tensors.count - 1
  }

  /// Removes operations whose results nothing reads.
  package mutating func removeUnread() {
    var read: Set<TensorID> = [output]
    var kept: [Operation] = []
    for operation in operations.reversed() where read.contains(operation.output) {
      kept.append(operation)
      read.formUnion(operation.kind.inputs)
    }
    operations = kept.reversed()
  }

  /// A whole tensor as an operand.
  package func operand(_ tensor: TensorID) -> Operand {
    Operand(tensor: tensor, offset: 0, channels: tensors[tensor].channels)
  }
}

extension Plan.Kind {
  /// Every tensor the operation reads.
  package var inputs: [TensorID] {
    switch self {
    case .convolution(let layer), .depthwise(let layer):
      [layer.input.tensor] + (layer.residual.map { [$0.tensor] } ?? [])
    case .attention(let attention):
      [attention.query.tensor, attention.key.tensor, attention.value.tensor]
    case .layerNorm(let input, _, _, _), .unary(_, let input), .affine(let input, _, _),
      .mean(let input):
      [input.tensor]
    case .add(let left, let right), .multiply(let left, let right): [left.tensor, right.tensor]
    case .gather(let gather): gather.inputs
    }
  }
}
