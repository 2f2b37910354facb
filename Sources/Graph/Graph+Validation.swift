extension Graph {
  /// Checks that every value has one producer that stands before its uses, that names are unique,
  /// and that shapes equal what inference yields. All problems are reported at once.
  package func validate() throws(GraphError) {
    var problems: [String] = []
    var defined = values.map { $0.constant != nil }
    checkConstants(&problems)

    let known: (ValueID) -> Bool = { values.indices.contains($0) }
    for input in inputs {
      if !known(input) {
        problems.append("input \(input): no such value")
      } else if defined[input] {
        problems.append("input %\(values[input].name): declared twice, or a constant")
      } else {
        defined[input] = true
      }
    }
    for node in nodes {
      let ids = node.inputs.compactMap { $0 } + node.outputs
      guard ids.allSatisfy(known) else {
        problems.append("node \(node.name): names a value that does not exist")
        continue
      }
      for case let input? in node.inputs where !defined[input] {
        problems.append("node \(node.name): %\(values[input].name) is used before it is defined")
      }
      for output in node.outputs {
        if defined[output] {
          problems.append("node \(node.name): %\(values[output].name) already has a producer")
        }
        defined[output] = true
      }
      checkShapes(of: node, &problems)
    }
    for output in outputs where !known(output) || !defined[output] {
      problems.append(
        "output \(known(output) ? "%" + values[output].name : "\(output)"): not defined")
    }
    if !problems.isEmpty { throw GraphError(problems.joined(separator: "\n")) }
  }

  private func checkConstants(_ problems: inout [String]) {
    var names: Set<String> = []
    for value in values {
      if !names.insert(value.name).inserted {
        problems.append("%\(value.name): the name is used twice")
      }
      if let constant = value.constant, ValueInfo(constant) != ValueInfo(value) {
        problems.append(
          "%\(value.name): its constant is \(ValueInfo(constant)), not \(ValueInfo(value))")
      }
    }
  }

  private func checkShapes(of node: Node, _ problems: inout [String]) {
    do throws(GraphError) {
      let inferred = try node.op.inferOutputs(
        node.inputs.map { id in id.map { ValueInfo(values[$0]) } })
      let declared = node.outputs.map { ValueInfo(values[$0]) }
      if declared.isEmpty || declared != Array(inferred.prefix(declared.count)) {
        problems.append(
          "node \(node.name): declares \(declared), but \(node.op) yields \(inferred)")
      }
    } catch {
      problems.append("node \(node.name): \(error)")
    }
  }
}
