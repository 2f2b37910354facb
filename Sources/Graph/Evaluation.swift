internal import CSwiftletFloat

/// One application of an operator to tensors whose shapes have passed inference.
struct Evaluation {
  let operands: Operands
  let inputs: [Tensor?]
  /// What inference says of the outputs.
  let outputs: [ValueInfo]
  let packed: PackedWeights?
  let workspace: Workspace

  var kernels: swiftlet_float_kernels { workspace.kernels }

  /// The first output's shape.
  var output: [Int] { outputs[0].shape }

  /// An operand that inference has found to be there.
  func tensor(_ index: Int) -> Tensor {
    guard let tensor = inputs[index] else { preconditionFailure("operand \(index) is missing") }
    return tensor
  }

  func shape(_ index: Int) -> [Int] { tensor(index).shape }

  func optional(_ index: Int) -> Tensor? { index < inputs.count ? inputs[index] : nil }

  /// The elements of an operand that inference has found to be floats.
  func floats(_ index: Int) -> [Float] {
    guard let floats = tensor(index).floats else { preconditionFailure("operand \(index): floats") }
    return floats
  }

  func optionalFloats(_ index: Int) -> [Float]? { optional(index)?.floats }

  func integers(_ index: Int) -> [Int] {
    guard let integers = tensor(index).integers else {
      preconditionFailure("operand \(index): integers")
    }
    return integers
  }

  /// `count` floats that `body` computes of x, in pieces of `size` elements of it, whose range it takes;
  /// a thread has pieces of no less than `grain` elements.
  func computed(
    _ count: Int, of x: [Float], in pieces: Int, size: Int, grain: Int,
    _ body: (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Range<Int>) -> Void
  ) -> [Float] {
    workspace.filled(count) { out in
      x.withUnsafeBufferPointer { x in
        guard let base = x.baseAddress else { return }
        workspace.parallel(pieces, grain: max(1, grain / size)) { body(out, base, $1) }
      }
    }
  }

  /// Applies another operator, for what is made of several.
  func apply(_ op: Operator, _ inputs: Tensor...) throws(GraphError) -> Tensor {
    try op.evaluate(inputs, in: workspace)[0]
  }
}

/// Runs `body` with a pointer to an element, or nil where there is no array.
func withOptional(
  _ array: [Float]?, _ index: Int, _ body: (UnsafePointer<Float>?) -> Void
) {
  guard let array else { return body(nil) }
  array.withUnsafeBufferPointer { elements in body(elements.baseAddress.map { $0 + index }) }
}
