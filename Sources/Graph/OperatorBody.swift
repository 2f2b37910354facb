/// What an operator says of itself: texts, shape inference, evaluation and all else derive from it.
protocol OperatorBody: Sendable {
  /// The operator's name alone, its type's unless it says another: `matMul`, `conv`, `gelu`.
  var name: String { get }

  /// What a text says of it behind its name: the attributes that differ from the ordinary.
  var attributes: [String] { get }

  /// The least and the largest number of operands.
  var arity: ClosedRange<Int> { get }

  /// The shapes and element types of its outputs, for operands as many as its arity says.
  func infer(_ operands: Operands) throws(GraphError) -> [ValueInfo]

  /// The elements of its outputs, which have the shapes that inference finds.
  func evaluate(_ run: Evaluation) throws(GraphError) -> [Tensor.Storage]

  /// A constant operand 1 that is not empty in the order its product reads; nil where it has none.
  func packed(_ weights: [Float], _ shape: [Int]) -> PackedWeights?
}

extension OperatorBody {
  var name: String {
    let type = "\(Self.self)"
    return type.prefix(1).lowercased() + type.dropFirst()
  }
  var attributes: [String] { [] }
  var arity: ClosedRange<Int> { 1...1 }
  func packed(_ weights: [Float], _ shape: [Int]) -> PackedWeights? { nil }

  /// The name and the attributes: `conv(kernel 3x3, stride 2, pads 1)`.
  var text: String {
    let attributes = attributes
    return attributes.isEmpty ? name : "\(name)(\(attributes.joined(separator: ", ")))"
  }
}

/// An operator that makes one tensor of floats of others.
protocol FloatOperator: OperatorBody {
  /// The output's shape, for operands of floats.
  func outputShape(_ operands: Operands) throws(GraphError) -> [Int]

  /// The output's elements.
  func values(_ run: Evaluation) throws(GraphError) -> [Float]
}

extension FloatOperator {
  func infer(_ operands: Operands) throws(GraphError) -> [ValueInfo] {
    try operands.expectFloat()
    return [ValueInfo(shape: try outputShape(operands))]
  }

  func evaluate(_ run: Evaluation) throws(GraphError) -> [Tensor.Storage] {
    [.float(try values(run))]
  }
}
