import SwiftletGraph
import SwiftletProgram

extension Plan {
  /// A convolution or linear layer with what follows it; average pooling is a depthwise one.
  package struct Layer: OperationBody {
    var isDepthwise = false
    var input: Operand
    /// nil for a linear layer.
    var window: Window?
    /// `[outputs][kernelHeight][kernelWidth][channels]`; depthwise: `[channels][taps]`.
    var weights: [Float]
    var bias: [Float]
    /// Added to the layer's result, before the activation.
    var residual: Operand?
    var activation: Unary?
    /// With an activation, the graph value that is its input.
    var preActivation: Graph.ValueID?

    var outputs: Int { bias.count }
    /// Whether the activation becomes a table; ReLU and clips are limits of the rule.
    var hasTable: Bool { activation != nil && activation?.limits == nil }
    /// What the weights multiply.
    var weighted: WeightedOperand {
      WeightedOperand(operand: input, weights: weights, outputs: outputs, isDepthwise: isDepthwise)
    }

    var inputs: [TensorID] { [input.tensor] + (residual.map { [$0.tensor] } ?? []) }
    var writesInt16: Bool { !hasTable }

    func constraints(writing output: TensorID, in plan: Plan) -> [Constraint] {
      var constraints: [Constraint] = [.weighted(weighted, into: output)]
      if let residual { constraints.append(.sum([residual], into: output, isStored: !hasTable)) }
      if !hasTable { constraints.append(.scaledByChannel(output, activation?.limits)) }
      if let activation, let preActivation {
        constraints.append(.argument(preActivation, of: activation))
      }
      return constraints
    }
  }
}

extension Lowerer {
  mutating func lowerLinear(_ node: Graph.Node) throws {
    let x = try input(node, 0)
    let weights = try constant(node, 1, "weights")
    let depth = shape(x).last ?? 1
    let outputs = weights.count / max(1, depth)
    let bias = node.inputs.count > 2 ? try constant(node, 2, "bias") : []

    let view = try independentRows(try map(of: x), channels: depth, name: node.name)
    let layer = Plan.Layer(
      input: .init(tensor: view.tensor, offset: view.offset, channels: depth), window: nil,
      weights: (0..<outputs * depth).map { weights[($0 % depth) * outputs + $0 / depth] },
      bias: bias.isEmpty ? Array(repeating: 0, count: outputs) : bias)
    try emit(
      .layer(layer), node: node, rows: plan.tensors[view.tensor].rows, channels: outputs,
      positions: rowPositions(view.rows, channels: outputs))
  }

  /// Where `[row][channel]` elements lie when row r of the value is row `rows[r]` of the tensor.
  func rowPositions(_ rows: [Int32], channels: Int) -> [Int32] {
    rows.flatMap { row in (0..<channels).map { row * Int32(channels) + Int32($0) } }
  }

  mutating func lowerConvolution(_ convolution: SwiftletGraph.Convolution, _ node: Graph.Node)
    throws
  {
    let x = try input(node, 0)
    guard shape(x).count == 4, shape(x)[0] == 1 else {
      throw Unsupported("only two-dimensional convolutions of one image are supported")
    }
    let weights = try constant(node, 1, "weights")
    let bias = node.inputs.count > 2 && node.inputs[2] != nil ? try constant(node, 2, "bias") : []
    let (inputs, outputs) = (shape(x)[1], shape(node.outputs[0])[1])
    let taps = convolution.window.kernel.reduce(1, *)
    let fullBias = bias.isEmpty ? Array(repeating: 0, count: outputs) : bias

    let operand = try featureMap(x, name: node.name)
    let window = window(convolution.window, input: x, output: node.outputs[0])
    let kind: Plan.Kind
    if convolution.groups == inputs, inputs == outputs, convolution.groups > 1 {
      kind = .layer(
        .init(
          isDepthwise: true, input: operand, window: window, weights: weights, bias: fullBias))
    } else {
      let dense = denseWeights(
        weights, outputs: outputs, inputs: inputs, groups: convolution.groups, taps: taps,
        storedChannels: operand.channels)
      let isPointwise =
        taps == 1 && window.strideX == 1 && window.strideY == 1
        && convolution.window.pads.allSatisfy { $0 == 0 }
      kind = .layer(
        .init(
          input: operand, window: isPointwise ? nil : window, weights: dense, bias: fullBias))
    }
    try emitMap(kind, node: node, channels: outputs)
  }

  /// `[outputs][taps][stored channels]` from ONNX's `[outputs][inputs / groups][taps]`; other groups' weights are 0.
  private func denseWeights(
    _ weights: [Float], outputs: Int, inputs: Int, groups: Int, taps: Int, storedChannels: Int
  ) -> [Float] {
    let (groupInputs, groupOutputs) = (inputs / groups, outputs / groups)
    var dense = [Float](repeating: 0, count: outputs * taps * storedChannels)
    for n in 0..<outputs {
      let firstChannel = n / groupOutputs * groupInputs
      for c in 0..<groupInputs {
        for t in 0..<taps {
          dense[(n * taps + t) * storedChannels + firstChannel + c] =
            weights[(n * groupInputs + c) * taps + t]
        }
      }
    }
    return dense
  }

  mutating func lowerAveragePool(
    _ pooling: Pooling, countsPadding: Bool, _ node: Graph.Node
  ) throws {
    let x = try input(node, 0)
    guard shape(x).count == 4, shape(x)[0] == 1 else {
      throw Unsupported("only two-dimensional pooling of one image is supported")
    }
    guard countsPadding || pooling.pads.allSatisfy({ $0 == 0 }) else {
      throw Unsupported(
        "average pooling that leaves its padding out of the count; use count_include_pad=1 or no padding"
      )
    }
    let window = window(pooling, input: x, output: node.outputs[0])
    let reach = (window.outputHeight - 1) * window.strideY + window.kernelHeight - window.padTop
    let reachX = (window.outputWidth - 1) * window.strideX + window.kernelWidth - window.padLeft
    guard
      reach <= window.inputHeight + pooling.pads[2], reachX <= window.inputWidth + pooling.pads[3]
    else { throw Unsupported("average pooling with ceil_mode whose last window is cut off") }
    let channels = shape(x)[1]
    let taps = window.kernelHeight * window.kernelWidth
    let operand = try featureMap(x, name: node.name)
    let layer = Plan.Layer(
      isDepthwise: true, input: operand, window: window,
      weights: Array(repeating: 1 / Float(taps), count: operand.channels * taps),
      bias: Array(repeating: 0, count: operand.channels))
    guard operand.channels == channels else {
      throw Unsupported("pooling of the image itself")
    }
    try emitMap(.layer(layer), node: node, channels: channels)
  }

  /// `[1, C, H, W]` as a whole tensor of `[H * W, C]` or more channels.
  mutating func featureMap(_ value: Graph.ValueID, name: String) throws -> Operand {
    let shape = shape(value)
    let (channels, pixels) = (shape[1], shape[2] * shape[3])
    let source = try map(of: value)
    var map = source
    for c in 0..<channels {
      for p in 0..<pixels { map[p * channels + c] = source[c * pixels + p] }
    }
    let operand = try operand(map, channels: channels, name: name)
    if operand.offset == 0, plan.tensors[operand.tensor].channels <= channels + 3 {
      return plan.operand(operand.tensor)
    }
    if operand.channels == plan.tensors[operand.tensor].channels { return operand }
    let tensor = try gather(map, rows: pixels, channels: channels, name: name)
    return plan.operand(tensor)
  }

  func window(
    _ pooling: Pooling, input: Graph.ValueID, output: Graph.ValueID
  ) -> Window {
    let (x, y) = (shape(input), shape(output))
    return Window(
      inputHeight: x[2], inputWidth: x[3], outputHeight: y[2], outputWidth: y[3],
      kernelHeight: pooling.kernel[0], kernelWidth: pooling.kernel[1],
      strideY: pooling.strides[0], strideX: pooling.strides[1], dilationY: pooling.dilations[0],
      dilationX: pooling.dilations[1], padTop: pooling.pads[0], padLeft: pooling.pads[1])
  }

  /// Emits an operation whose value is `[1, C, H, W]`.
  mutating func emitMap(_ kind: Plan.Kind, node: Graph.Node, channels: Int) throws {
    let pixels = shape(node.outputs[0])[2] * shape(node.outputs[0])[3]
    try emit(
      kind, node: node, rows: pixels, channels: channels,
      positions: (0..<channels * pixels).map {
        Int32(($0 % pixels) * channels + $0 / pixels)
      })
  }
}
