extension Graph: CustomStringConvertible {
  /// The graph as text, one line a node:
  /// `%name: [1, 64, 112, 112] = conv(kernel 3x3, stride 2, pads 1) %x, %weights [64, 3, 3, 3]`.
  ///
  /// A constant operand is written with its shape, or with its value where it has one element.
  package var description: String {
    var lines = inputs.map { "input \(declaration($0))" }
    lines += nodes.map(text)
    lines.append("output " + outputs.map { "%\(values[$0].name)" }.joined(separator: ", "))
    return lines.joined(separator: "\n")
  }

  /// One node's line.
  package func text(_ node: Node) -> String {
    let results = node.outputs.map(declaration).joined(separator: ", ")
    let operands = node.inputs.map { $0.map(reference) ?? "none" }.joined(separator: ", ")
    return "\(results) = \(node.op) \(operands)"
  }

  private func declaration(_ id: ValueID) -> String {
    "%\(values[id].name): \(ValueInfo(values[id]))"
  }

  private func reference(_ id: ValueID) -> String {
    let value = values[id]
    guard let constant = value.constant else { return "%\(value.name)" }
    if constant.count == 1 {
      switch constant.storage {
      case .float(let elements): return "\(elements[0])"
      case .int(let elements): return "\(elements[0])"
      case .bool(let elements): return "\(elements[0])"
      }
    }
    return "%\(value.name) \(ValueInfo(value))"
  }
}

extension ValueInfo {
  package init(_ value: Graph.Value) {
    self.init(shape: value.shape, elementType: value.elementType)
  }
}
