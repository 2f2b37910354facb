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
  /// What is said of it: where several nodes are wrong, a line for all, then one for each.
  package var lines: [String] {
    switch self {
    case .model(let source, let reason):
      return ["\(source): \(reason)"]
    case .nodes(let source, let problems):
      let kinds = NodeProblem.kinds(of: problems)
      if kinds.count == 1 { return ["\(source): cannot import node \(kinds[0])"] }
      return ["\(source): cannot import \(problems.count) nodes:"] + kinds.map { "  \($0)" }
    }
  }

  package var description: String { lines.joined(separator: "\n") }
}

extension NodeProblem {
  /// One description for all nodes that have the same problem, with their count, in the order of the first.
  static func kinds(of problems: [NodeProblem]) -> [NodeProblem] {
    var kinds: [NodeProblem] = []
    var places: [[String]: Int] = [:]
    var counts: [Int] = []
    for problem in problems {
      let kind = [
        problem.operator, problem.domain, "\(problem.opset)", problem.reason, problem.remedy,
      ]
      if let place = places[kind] {
        counts[place] += 1
      } else {
        places[kind] = kinds.count
        kinds.append(problem)
        counts.append(1)
      }
    }
    for (place, count) in counts.enumerated() where count > 1 {
      kinds[place].node += " and \(count - 1) more"
    }
    return kinds
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
