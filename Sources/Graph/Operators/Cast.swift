struct Cast: OperatorBody {
  let type: ElementType

  var attributes: [String] { ["\(type)"] }

  func infer(_ operands: Operands) throws(GraphError) -> [ValueInfo] {
    [ValueInfo(shape: try operands[0].shape, elementType: type)]
  }

  func evaluate(_ run: Evaluation) -> [Tensor.Storage] {
    let storage = run.tensor(0).storage
    return switch (storage, type) {
    case (.float, .float), (.int, .int), (.bool, .bool): [storage]
    case (.float(let x), .int): [.int(x.map { Int64(saturating: $0) })]
    case (.float(let x), .bool): [.bool(x.map { $0 != 0 })]
    case (.int(let x), .float): [.float(x.map { Float($0) })]
    case (.int(let x), .bool): [.bool(x.map { $0 != 0 })]
    case (.bool(let x), .float): [.float(x.map { $0 ? 1 : 0 })]
    case (.bool(let x), .int): [.int(x.map { $0 ? 1 : 0 })]
    }
  }
}

extension Int64 {
  /// The nearest integer towards zero that fits; 0 for NaN.
  init(saturating x: Float) {
    if x.isNaN {
      self = 0
    } else if x >= 0x1p63 {
      self = .max
    } else {
      self = x <= -0x1p63 ? .min : Int64(x)
    }
  }
}
