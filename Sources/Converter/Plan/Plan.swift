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

    var body: any OperationBody { kind.body }
  }

  package enum Kind: Sendable {
    case layer(Layer)
    case attention(Attention)
    case layerNorm(LayerNorm)
    case add(Add)
    case multiply(Multiply)
    case function(Function)
    case affine(Affine)
    case mean(Mean)
    case maxPool(MaxPool)
    case gather(Gather)

    /// What it says of itself.
    var body: any OperationBody {
      switch self {
      case .layer(let it): it
      case .attention(let it): it
      case .layerNorm(let it): it
      case .add(let it): it
      case .multiply(let it): it
      case .function(let it): it
      case .affine(let it): it
      case .mean(let it): it
      case .maxPool(let it): it
      case .gather(let it): it
      }
    }
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
      read.formUnion(operation.body.inputs)
    }
    operations = kept.reversed()
  }

  /// A whole tensor as an operand.
  package func operand(_ tensor: TensorID) -> Operand {
    Operand(tensor: tensor, offset: 0, channels: tensors[tensor].channels)
  }
}

/// What an operation says of itself: all that solver, quantizer and passes on plans know of it.
protocol OperationBody: Sendable {
  /// The tensors that it reads.
  var inputs: [TensorID] { get }

  /// Whether its instruction can write int16, and so more of the result than int8 holds.
  var writesInt16: Bool { get }

  /// What it asks of types and ranges.
  func constraints(writing output: TensorID, in plan: Plan) -> [Constraint]

  /// Adds its instructions to the program. `operation` is the one that it is the body of.
  func emit(_ operation: Plan.Operation, into quantizer: inout Quantizer) throws
}

extension Plan {
  /// What all operations ask, in their order.
  var constraints: [Constraint] {
    operations.flatMap { $0.body.constraints(writing: $0.output, in: self) }
  }
}
