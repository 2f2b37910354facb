/// Why a model could not be converted: every problem, one a line.
package struct ConversionError: Error, CustomStringConvertible {
  package var problems: [String]

  package init(_ problems: [String]) { self.problems = problems }
  package init(_ problem: String) { self.problems = [problem] }

  /// What is wrong with nodes: one line for all that have the same problem, in the order of the first.
  package init(nodes: [(name: String, problem: String)]) {
    var names: [String: [String]] = [:]
    var order: [String] = []
    for (name, problem) in nodes {
      if names[problem] == nil { order.append(problem) }
      names[problem, default: []].append(name)
    }
    problems = order.map { problem in
      let all = names[problem] ?? []
      return "\(all[0])\(all.count > 1 ? " and \(all.count - 1) more" : ""): \(problem)"
    }
  }

  package var description: String { problems.joined(separator: "\n") }
}
