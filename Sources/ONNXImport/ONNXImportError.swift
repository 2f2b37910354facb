/// Why a model was not imported.
package enum ONNXImportError: Error, Sendable, Equatable {
  /// The file, or the model as a whole, cannot be used.
  case model(source: String, reason: String)
  /// These nodes cannot be imported: all of them, not only the first.
  case nodes(source: String, problems: [NodeProblem])
}

/// One node that cannot be imported.
package struct NodeProblem: Sendable, Equatable {
  package var node: String
  package var `operator`: String
  package var domain: String
  package var opset: Int
  package var reason: String
  package var remedy: String
}

extension NodeProblem: CustomStringConvertible {
  package var description: String {
    "\(node) (\(`operator`), \(domain) opset \(opset)): \(reason); \(remedy)"
  }
}

extension ONNXImportError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .model(let source, let reason):
      return "\(source): \(reason)"
    case .nodes(let source, let problems):
      if problems.count == 1 { return "\(source): cannot import node \(problems[0])" }
      let lines = problems.map { "  \($0)" }.joined(separator: "\n")
      return "\(source): cannot import \(problems.count) nodes:\n\(lines)"
    }
  }
}

/// Why one node cannot be imported; the walk adds which node it is.
struct NodeFailure: Error {
  var reason: String
  var remedy: String

  init(_ reason: String, remedy: String = "check the model with onnx.checker, or export it again") {
    self.reason = reason
    self.remedy = remedy
  }
}
