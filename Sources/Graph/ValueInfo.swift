/// What is known of a value before it is computed.
package struct ValueInfo: Sendable, Equatable, CustomStringConvertible {
  package var shape: [Int]
  package var elementType: ElementType

  package init(shape: [Int], elementType: ElementType = .float) {
    self.shape = shape
    self.elementType = elementType
  }

  package init(_ tensor: Tensor) {
    self.init(shape: tensor.shape, elementType: tensor.elementType)
  }

  package var description: String {
    elementType == .float ? "\(shape)" : "\(elementType) \(shape)"
  }

  /// The product of the shape.
  package var count: Int { shape.reduce(1, *) }

  /// No tensor may hold more elements than this, so that products of shapes never overflow.
  package static let maximumCount = 1 << 32
}

/// Why an operator cannot be applied to its operands, or a graph is malformed: what, where, and
/// what was expected.
package struct GraphError: Error, Equatable, Sendable, CustomStringConvertible {
  package var description: String

  package init(_ description: String) { self.description = description }
}
