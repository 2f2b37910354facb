/// A dense array with a shape, row-major, as ONNX defines its tensors.
package struct Tensor: Sendable, Equatable {
  /// The elements: every ONNX floating type is held as `Float`, every integer type as `Int64`.
  package enum Storage: Sendable, Equatable {
    case float([Float])
    case int([Int64])
    case bool([Bool])
  }

  package var shape: [Int]
  package var storage: Storage

  /// A tensor of the given shape; its storage must hold exactly the product of the shape.
  package init(shape: [Int], _ storage: Storage) {
    self.shape = shape
    self.storage = storage
    precondition(storage.count == shape.reduce(1, *), "a tensor's storage must fill its shape")
  }

  package init(shape: [Int], _ values: [Float]) { self.init(shape: shape, .float(values)) }

  package var count: Int { storage.count }
  package var elementType: ElementType { storage.elementType }

  /// The elements as floats, or nil for another element type.
  package var floats: [Float]? {
    if case .float(let values) = storage { values } else { nil }
  }

  /// The elements as integers (booleans as 0 and 1), or nil for floats.
  package var integers: [Int]? {
    switch storage {
    case .float: nil
    case .int(let values): values.map(Int.init)
    case .bool(let values): values.map { $0 ? 1 : 0 }
    }
  }
}

/// What a tensor's elements are.
package enum ElementType: String, Sendable, Codable {
  case float, int, bool
}

extension Tensor.Storage {
  package var count: Int {
    switch self {
    case .float(let values): values.count
    case .int(let values): values.count
    case .bool(let values): values.count
    }
  }

  package var elementType: ElementType {
    switch self {
    case .float: .float
    case .int: .int
    case .bool: .bool
    }
  }
}
