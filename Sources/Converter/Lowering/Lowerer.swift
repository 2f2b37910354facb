package import SwiftletGraph
import SwiftletProgram

/// Turns a float graph into a plan: movement operators become index maps, everything else channel-last operations.
package struct Lowerer {
  let graph: Graph
  var plan = Plan()
  var space = ElementSpace()
  private var maps: [Graph.ValueID: ElementMap] = [:]
  private var poisoned: Set<Graph.ValueID> = []
  private var problems: [(name: String, problem: String)] = []

  /// Lowers a graph whose one input is an image (`[1, C, H, W]`, held with `inputChannels` channels a pixel) or a token
  /// list. Reports every node that cannot be lowered at once.
  package static func lower(_ graph: Graph, inputChannels: Int? = nil) throws -> Plan {
    var lowerer = Lowerer(graph: graph)
    return try lowerer.run(inputChannels: inputChannels)
  }

  private init(graph: Graph) { self.graph = graph }

  private mutating func run(inputChannels: Int?) throws -> Plan {
    guard graph.inputs.count == 1, graph.outputs.count == 1 else {
      throw ConversionError(
        "the model has \(graph.inputs.count) inputs and \(graph.outputs.count) outputs; "
          + "a model with one image or tensor in and one row of logits out can be converted")
    }
    if graph.values[graph.outputs[0]].constant != nil {
      throw ConversionError(
        "the model's output \(graph.values[graph.outputs[0]].name) is a constant, which no input changes: there is nothing to convert"
      )
    }
    let shape = shape(graph.inputs[0])
    guard !shape.isEmpty, !shape.contains(0) else {
      throw ConversionError("the model's input of shape \(shape) has no elements to compute with")
    }
    try placeInput(graph.inputs[0], storedChannels: inputChannels)

    var readsLeft: [Graph.ValueID: Int] = [:]
    for node in graph.nodes {
      for case let input? in node.inputs { readsLeft[input, default: 0] += 1 }
    }
    for output in graph.outputs { readsLeft[output, default: 0] += 1 }

    for node in graph.nodes {
      if node.inputs.contains(where: { $0.map(poisoned.contains) ?? false }) {
        poisoned.formUnion(node.outputs)
      } else {
        do { try lower(node) } catch let error as Unsupported {
          problems.append((node.name, "\(node.op) cannot be converted: \(error.reason)"))
          poisoned.formUnion(node.outputs)
        }
      }
      for case let input? in node.inputs {
        readsLeft[input, default: 0] -= 1
        if readsLeft[input] == 0 { maps[input] = nil }
      }
    }
    guard problems.isEmpty else { throw ConversionError(nodes: problems) }

    let output = graph.outputs[0]
    let logits = try map(of: output)
    let operand = try operand(logits, channels: logits.count, name: "logits")
    guard operand.offset == 0, operand.channels == plan.tensors[operand.tensor].channels else {
      throw ConversionError("the logits are part of a larger tensor")
    }
    plan.output = operand.tensor
    if plan.tensors[plan.output].value == nil { plan.tensors[plan.output].value = output }
    plan.removeUnread()
    return plan
  }

  private mutating func placeInput(_ value: Graph.ValueID, storedChannels: Int?) throws {
    let shape = graph.values[value].shape
    let name = graph.values[value].name
    if shape.count == 4 {
      let pixels = shape[2] * shape[3]
      let stride = storedChannels ?? shape[1]
      plan.input = try addTensor(
        .init(
          name: name, rows: pixels, channels: stride, value: value,
          layout: .channelsFirst(channels: shape[1], stride: stride)))
      let base = space.bases[plan.input]
      maps[value] = (0..<shape[1] * pixels).map {
        Int32(base + ($0 % pixels) * stride + $0 / pixels)
      }
    } else {
      let channels = shape.last ?? 1
      plan.input = try addTensor(
        .init(
          name: name, rows: shape.reduce(1, *) / max(1, channels), channels: channels,
          value: value, layout: .rowMajor))
      maps[value] = space.map(of: plan.input, count: plan.tensors[plan.input].count)
    }
  }

  private mutating func lower(_ node: Graph.Node) throws {
    let operands = node.inputs.compactMap { $0 } + node.outputs
    guard operands.allSatisfy({ !shape($0).contains(0) }) else {
      throw Unsupported("it has an operand or output without elements")
    }
    switch node.op {
    case .conv(let convolution): try lowerConvolution(convolution, node)
    case .linear: try lowerLinear(node)
    case .attention(let scale): try lowerAttention(scale: scale, node)
    case .unary(let function): try lowerUnary(function, node)
    case .binary(let operation): try lowerBinary(operation, node)
    case .batchNorm(_, training: false): try lowerBatchNorm(node)
    case .layerNorm(let axis, let epsilon):
      try lowerLayerNorm(axis: axis, epsilon: epsilon, node)
    case .reduce(.mean, let axes, _): try lowerMean(axes: axes, node)
    case .maxPool(let window): try lowerMaxPool(window, node)
    case .averagePool(let window, let countsPadding):
      try lowerAveragePool(window, countsPadding: countsPadding, node)
    case .reshape, .transpose, .slice, .split, .concat, .pad, .expand, .tile, .depthToSpace,
      .spaceToDepth:
      try lowerMovement(node)
    case .gather, .gatherElements, .gatherND, .scatterND:
      try lowerMovement(node, hasIndices: true)
    case .matMul, .gemm, .einsum, .compare, .select, .cast, .batchNorm(_, training: true),
      .instanceNorm, .groupNorm, .softmax, .reduce, .resize, .range, .cumulativeSum,
      .triangle, .nonZero, .argMax:
      throw Unsupported(
        "no instruction computes it on activations; replace it in the model by what README.md lists under 'What can be converted', and export again"
      )
    }
  }

  /// With `hasIndices` the second operand says which elements move.
  private mutating func lowerMovement(_ node: Graph.Node, hasIndices: Bool = false) throws {
    let operands = node.inputs.compactMap { $0 }
    var sources = operands
    var indices: Tensor?
    if hasIndices {
      guard let constant = graph.values[operands[1]].constant else {
        throw Unsupported("its indices are computed from activations; they must be constant")
      }
      indices = constant
      sources.remove(at: 1)
    }
    var padding: Int32 = 0
    if case .pad(_, let mode, let value) = node.op {
      sources = [operands[0]]
      if mode == .constant {
        let tensor = try constantTensor(
          [value], rows: 1, channels: 1, name: node.name + ".padding")
        padding = Int32(space.bases[tensor])
      }
    }
    let moved = try node.op.move(
      try sources.map { (shape: shape($0), elements: try map(of: $0)) }, indices: indices,
      padding: padding)
    for (output, elements) in zip(node.outputs, moved) { maps[output] = elements }
  }
}

/// Why a node cannot be lowered.
struct Unsupported: Error {
  var reason: String
  init(_ reason: String) { self.reason = reason }
}

extension Lowerer {
  func shape(_ value: Graph.ValueID) -> [Int] { graph.values[value].shape }

  /// The constant of an operand, which must be a float one.
  func constant(_ node: Graph.Node, _ index: Int, _ role: String) throws -> [Float] {
    guard index < node.inputs.count, let value = node.inputs[index],
      let floats = graph.values[value].constant?.floats
    else { throw Unsupported("its \(role) must be constant") }
    try checkFinite(floats, role)
    return floats
  }

  func checkFinite(_ values: [Float], _ role: String) throws {
    guard values.allSatisfy(\.isFinite) else {
      throw Unsupported("its \(role) holds values that are infinite or not a number")
    }
  }

  func input(_ node: Graph.Node, _ index: Int) throws -> Graph.ValueID {
    guard index < node.inputs.count, let value = node.inputs[index] else {
      throw Unsupported("operand \(index) is missing")
    }
    return value
  }

  mutating func addTensor(_ tensor: Plan.Tensor) throws -> TensorID {
    try space.append(count: tensor.count)
    return plan.addTensor(tensor)
  }

  mutating func constantTensor(
    _ values: [Float], rows: Int, channels: Int, name: String
  ) throws -> TensorID {
    try checkFinite(values, "constant \(name)")
    return try addTensor(
      .init(
        name: name, rows: rows, channels: channels, value: nil, layout: .rowMajor,
        constant: values))
  }

  /// The index map of a value; a constant becomes a tensor of the plan.
  mutating func map(of value: Graph.ValueID) throws -> ElementMap {
    if let map = maps[value] { return map }
    guard let tensor = graph.values[value].constant, let floats = tensor.floats else {
      throw Unsupported("operand \(graph.values[value].name) is not a float tensor")
    }
    let channels = max(1, tensor.shape.last ?? 1)
    let id = try constantTensor(
      floats, rows: floats.count / channels, channels: channels, name: graph.values[value].name)
    maps[value] = space.map(of: id, count: floats.count)
    return maps[value] ?? []
  }

  /// Adds an operation with a new output tensor; element i of the value lies at `positions[i]`.
  mutating func emit(
    _ kind: Plan.Kind, node: Graph.Node, rows: Int, channels: Int, positions: [Int32]
  ) throws {
    let value = node.outputs[0]
    let tensor = try addTensor(
      .init(
        name: graph.values[value].name, rows: rows, channels: channels, value: value,
        layout: .init(positions: positions, shape: shape(value), channels: channels)))
    plan.operations.append(.init(name: node.name, kind: kind, output: tensor))
    let base = Int32(space.bases[tensor])
    maps[value] = positions.map { base + $0 }
  }

  /// Moves column c of a tensor to `place[c]`, in every map.
  mutating func permuteColumns(of tensor: TensorID, to place: [Int32]) {
    let base = Int32(space.bases[tensor])
    let count = Int32(plan.tensors[tensor].count)
    let channels = Int32(place.count)
    for (value, map) in maps {
      guard map.contains(where: { $0 >= base && $0 < base + count }) else { continue }
      maps[value] = map.map { element in
        guard element >= base, element < base + count else { return element }
        let position = element - base
        return base + position / channels * channels + place[Int(position % channels)]
      }
    }
    if let value = plan.tensors[tensor].value {
      let positions = plan.tensors[tensor].layout.positions(count: Int(count))
      plan.tensors[tensor].layout = .init(
        positions: positions.map { $0 / channels * channels + place[Int($0 % channels)] },
        shape: shape(value), channels: Int(channels))
    }
  }

  /// Rows whose order does not matter, because the consumer treats each by itself: all rows of one tensor in any order, or
  /// gathered.
  mutating func independentRows(
    _ map: ElementMap, channels: Int, name: String
  ) throws -> RowView {
    if let view = space.rowView(of: map[...], channels: channels, in: plan),
      view.isPermutation(of: plan.tensors[view.tensor].rows)
    {
      return view
    }
    return try gatheredRows(map, channels: channels, name: name)
  }

  /// A tensor that holds just these rows.
  mutating func gatheredRows(
    _ map: ElementMap, channels: Int, name: String
  ) throws -> RowView {
    let count = map.count / channels
    let tensor = try gather(map, rows: count, channels: channels, name: name)
    return RowView(
      tensor: tensor, offset: 0, channels: channels, rows: (0..<count).map(Int32.init))
  }

  /// All rows of one tensor in order, or gathered.
  mutating func operand(_ map: ElementMap, channels: Int, name: String) throws -> Operand {
    if let view = space.rowView(of: map[...], channels: channels, in: plan), view.isInOrder,
      view.rows.count == plan.tensors[view.tensor].rows
    {
      return Operand(tensor: view.tensor, offset: view.offset, channels: channels)
    }
    let tensor = try gather(map, rows: map.count / channels, channels: channels, name: name)
    return Operand(tensor: tensor, offset: 0, channels: channels)
  }
}
