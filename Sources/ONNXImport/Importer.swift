import SwiftletGraph

/// Walks a model's nodes in order, names in hand, and has each one's builder append to the graph.
struct Importer {
  let model: Onnx_ModelProto
  let source: String
  let decoder: TensorDecoder
  let builder = GraphBuilder()
  let functions: [FunctionKey: Onnx_FunctionProto]
  var problems: [NodeProblem] = []
  private var visitedNodes = 0

  init(model: Onnx_ModelProto, source: String, decoder: TensorDecoder) {
    self.model = model
    self.source = source
    self.decoder = decoder
    functions = Dictionary(
      model.functions.map { (FunctionKey($0), $0) }, uniquingKeysWith: { first, _ in first })
  }

  mutating func run(
    _ choices: ImportChoices, anyBatch: Bool
  ) throws(ONNXImportError) -> Graph {
    var scope = Scope(opsets: model.opsetImport)
    let opset = scope.opset
    guard ONNXImport.opsets.contains(opset) else {
      let range = "\(ONNXImport.opsets.lowerBound) to \(ONNXImport.opsets.upperBound)"
      throw failure(
        "it uses opset \(opset); \(range) are supported: export it with opset_version=18")
    }
    let order = NodeOrder(model.graph.node, for: model.graph.output.map(\.name))
    bindInitializers(of: model.graph, read: order.names, in: &scope)
    try bindInputs(choices, anyBatch: anyBatch, in: &scope)
    try walk(order.nodes, in: &scope)
    try bindOutputs(in: scope)
    if !problems.isEmpty { throw .nodes(source: source, problems: problems) }

    var graph = builder.graph
    graph.metadata = model.metadata
    graph.removeDeadNodes()
    return graph
  }

  private func failure(_ reason: String) -> ONNXImportError {
    .model(source: source, reason: reason)
  }

  // MARK: The graph's boundary

  /// Binds those of the names that are read; the others are inputs no more than they are values.
  mutating func bindInitializers(
    of graph: Onnx_GraphProto, read names: Set<String>, in scope: inout Scope
  ) {
    for tensor in graph.initializer {
      guard names.contains(tensor.name) else {
        _ = scope.bind(tensor.name, .unavailable(reason: "an initializer that nothing reads"))
        continue
      }
      var binding = Binding.poisoned
      do throws(NodeFailure) {
        let decoded = try decoder.decode(tensor)
        binding = .value(builder.addConstant(decoded, name: scope.prefix + tensor.name))
      } catch {
        report(error, name: tensor.name, operator: "initializer", in: scope)
      }
      if !scope.bind(tensor.name, binding) {
        report(
          NodeFailure("the name is given twice"), name: tensor.name, operator: "initializer",
          in: scope)
      }
    }
    for tensor in graph.sparseInitializer where names.contains(tensor.values.name) {
      scope.bindings[tensor.values.name] = .poisoned
      report(
        NodeFailure("sparse tensors are not supported", remedy: "store it as a dense initializer"),
        name: tensor.values.name, operator: "initializer", in: scope)
    }
  }

  private mutating func bindInputs(
    _ choices: ImportChoices, anyBatch: Bool, in scope: inout Scope
  ) throws(ONNXImportError) {
    // Up to IR version 3, initializers were inputs too.
    let inputs = model.graph.input.filter { scope.bindings[$0.name] == nil }
    if choices.inputShape != nil, inputs.count != 1 {
      throw failure("--input-shape is for models of one input; this one has \(inputs.count)")
    }
    for proto in inputs {
      do throws(NodeFailure) {
        let input = try ModelInput(proto, choices, anyBatch: anyBatch)
        let id = builder.addValue(
          name: input.name, shape: input.shape, elementType: input.elementType)
        builder.graph.inputs.append(id)
        guard scope.bind(input.name, .value(id)) else {
          throw NodeFailure("input '\(input.name)' is declared twice")
        }
      } catch {
        throw failure("\(error.reason); \(error.remedy)")
      }
    }
  }

  private func bindOutputs(in scope: Scope) throws(ONNXImportError) {
    var named: Set<Graph.ValueID> = Set(builder.graph.inputs)
    for output in model.graph.output {
      switch scope.bindings[output.name] {
      case .value(let id):
        builder.graph.outputs.append(id)
        if named.insert(id).inserted { builder.rename(id, output.name) }
      case .poisoned: break
      case .sequence:
        throw failure("output '\(output.name)' is a sequence; outputs must be tensors")
      case .unavailable(let reason):
        throw failure("output '\(output.name)' is \(reason)")
      case .absent, nil:
        throw failure("output '\(output.name)' is not produced by any node")
      }
    }
    if model.graph.output.isEmpty { throw failure("the model has no outputs") }
  }

  // MARK: Nodes

  mutating func walk(
    _ nodes: [Onnx_NodeProto], in scope: inout Scope
  ) throws(ONNXImportError) {
    for node in nodes {
      visitedNodes += 1
      guard visitedNodes <= Limits.nodes else {
        throw failure("it has more than \(Limits.nodes) nodes, its functions' included")
      }
      try visit(node, in: &scope)
    }
  }

  private mutating func visit(
    _ node: Onnx_NodeProto, in scope: inout Scope
  ) throws(ONNXImportError) {
    let firstNew = builder.graph.values.count
    var results: [Binding] = []
    do throws(NodeFailure) {
      results = try importNode(node, in: scope) ?? []
    } catch {
      report(error, node: node, in: scope)
    }
    for (index, output) in node.output.enumerated() where !output.isEmpty {
      let binding =
        index < results.count
        ? results[index]
        : results.isEmpty
          ? .poisoned
          : .unavailable(
            reason: "output \(index) of a \(node.opType), which is not supported")
      if !scope.bind(output, binding) {
        report(
          NodeFailure("its output '\(output)' is already the name of another value"), node: node,
          in: scope)
      }
      if case .value(let id) = binding, id >= firstNew {
        builder.rename(id, scope.prefix + output)
      }
    }
  }

  /// The values of a node's outputs, or nil where an operand has been reported already.
  private mutating func importNode(
    _ node: Onnx_NodeProto, in scope: Scope
  ) throws(NodeFailure) -> [Binding]? {
    let attributes = try Attributes(node, functionAttributes: scope.functionAttributes)
    if let function = functions[FunctionKey(node)] {
      guard let inputs = try resolve(node, in: scope) else { return nil }
      return try inline(function, node, inputs, attributes, in: scope)
    }
    guard node.domain.isEmpty || node.domain == "ai.onnx" else {
      throw NodeFailure(
        "operators of the domain '\(node.domain)' are not supported",
        remedy: "export the model with standard ONNX operators only")
    }
    guard let build = OperatorTable.builders[node.opType] else {
      if node.opType == "If" { return try branch(node, attributes, in: scope) }
      throw NodeFailure(
        "the operator \(node.opType) is not supported",
        remedy: OperatorTable.remedies[node.opType] ?? OperatorTable.generalRemedy)
    }
    guard let inputs = try resolve(node, in: scope) else { return nil }
    let context = NodeContext(
      node: node, name: scope.name(of: node), opset: scope.opset, attributes: attributes,
      inputs: inputs, builder: builder, decoder: decoder)
    let results = try build(context)
    let unread = attributes.unreadNames
    guard unread.isEmpty else {
      let names = unread.map { "'\($0)'" }.joined(separator: ", ")
      throw NodeFailure(
        "\(node.opType) with the attribute \(names) is not supported at opset \(scope.opset)",
        remedy: "export the model without it, or with another opset")
    }
    return results
  }

  /// A node's operands, or nil where one has been reported already.
  private func resolve(
    _ node: Onnx_NodeProto, in scope: Scope
  ) throws(NodeFailure) -> [Binding?]? {
    var inputs: [Binding?] = []
    var isPoisoned = false
    for name in node.input {
      if name.isEmpty {
        inputs.append(nil)
        continue
      }
      switch scope.bindings[name] {
      case nil:
        throw NodeFailure(
          "its operand '\(name)' is produced by no node, or depends on this one",
          remedy: "check the model with onnx.checker; ONNX allows no cycles")
      case .absent: inputs.append(nil)
      case .poisoned: isPoisoned = true
      case .some(let binding): inputs.append(binding)
      }
    }
    return isPoisoned ? nil : inputs
  }

  /// The results of a call of one of the model's own functions.
  private mutating func inline(
    _ function: Onnx_FunctionProto, _ node: Onnx_NodeProto, _ inputs: [Binding?],
    _ attributes: Attributes, in scope: Scope
  ) throws(NodeFailure) -> [Binding]? {
    var inner = Scope(opsets: function.opsetImport)
    if inner.opset == 0 { inner.opset = scope.opset }
    inner.prefix = scope.name(of: node) + "/"
    inner.depth = scope.depth + 1
    for attribute in function.attributeProto {
      inner.functionAttributes[attribute.name] = attribute
    }
    inner.functionAttributes.merge(attributes.all) { _, actual in actual }
    guard inputs.count <= function.input.count else {
      throw NodeFailure("the function takes \(function.input.count) operands, not \(inputs.count)")
    }
    for (index, name) in function.input.enumerated() {
      inner.bindings[name] = (index < inputs.count ? inputs[index] : nil) ?? .absent
    }
    let order = NodeOrder(function.node, for: function.output)
    return try results(of: order, named: function.output, in: inner)
  }

  /// The results of the branch that a constant condition chooses.
  private mutating func branch(
    _ node: Onnx_NodeProto, _ attributes: Attributes, in scope: Scope
  ) throws(NodeFailure) -> [Binding]? {
    guard let inputs = try resolve(node, in: scope) else { return nil }
    guard case .value(let id)?? = inputs.first,
      let condition = builder.graph.values[id].constant?.integers, condition.count == 1,
      let chosen = try attributes.graph(condition[0] != 0 ? "then_branch" : "else_branch")
    else {
      throw NodeFailure(
        "its condition depends on the model's input; only constant conditions are supported",
        remedy: "export the model with static shapes")
    }
    var inner = scope
    inner.prefix = scope.name(of: node) + "/"
    inner.depth += 1
    let outputs = chosen.output.map(\.name)
    let order = NodeOrder(chosen.node, for: outputs)
    bindInitializers(of: chosen, read: order.names, in: &inner)
    return try results(of: order, named: outputs, in: inner)
  }

  private mutating func results(
    of order: NodeOrder, named names: [String], in inner: Scope
  ) throws(NodeFailure) -> [Binding]? {
    guard inner.depth <= Limits.depth else {
      throw NodeFailure("functions or branches are nested more than \(Limits.depth) deep")
    }
    var inner = inner
    do throws(ONNXImportError) {
      try walk(order.nodes, in: &inner)
    } catch {
      throw NodeFailure("\(error)")
    }
    var results: [Binding] = []
    for name in names {
      guard let binding = inner.bindings[name] else {
        throw NodeFailure("the result '\(name)' is not produced by any node in its body")
      }
      results.append(binding)
    }
    return results
  }

  // MARK: Problems

  private mutating func report(
    _ failure: NodeFailure, node: Onnx_NodeProto, in scope: Scope
  ) {
    report(
      failure, name: scope.name(of: node), operator: node.opType, domain: node.domain, in: scope)
  }

  private mutating func report(
    _ failure: NodeFailure, name: String, operator: String, domain: String = "", in scope: Scope
  ) {
    problems.append(
      NodeProblem(
        node: name, operator: `operator`, domain: domain.isEmpty ? "ai.onnx" : domain,
        opset: domain.isEmpty ? scope.opset : scope.opsets[domain] ?? 0, reason: failure.reason,
        remedy: failure.remedy))
  }
}

/// What names mean in a graph, a branch or a function's body.
struct Scope {
  var bindings: [String: Binding] = [:]
  /// Stands before the names of nodes and values.
  var prefix = ""
  var opsets: [String: Int] = [:]
  /// Of `ai.onnx`; 0 where none is stated.
  var opset = 0
  /// What a function's attribute references stand for.
  var functionAttributes: [String: Onnx_AttributeProto] = [:]
  var depth = 0

  init(opsets: [Onnx_OperatorSetIdProto]) {
    for entry in opsets {
      let domain = entry.domain.isEmpty ? "ai.onnx" : entry.domain
      self.opsets[domain] = Int(entry.version)
    }
    opset = self.opsets["ai.onnx"] ?? 0
  }

  /// False where the name is taken.
  mutating func bind(_ name: String, _ binding: Binding) -> Bool {
    bindings.updateValue(binding, forKey: name) == nil
  }

  func name(of node: Onnx_NodeProto) -> String {
    prefix + (node.name.isEmpty ? node.output.first ?? node.opType : node.name)
  }
}

/// What identifies one of the model's own functions.
struct FunctionKey: Hashable {
  var domain: String
  var name: String
  var overload: String

  init(_ function: Onnx_FunctionProto) {
    (domain, name, overload) = (function.domain, function.name, function.overload)
  }

  init(_ node: Onnx_NodeProto) {
    (domain, name, overload) = (node.domain, node.opType, node.overload)
  }
}
