import SwiftletGraph
import SwiftletProgram

extension Plan {
  /// scale * x + shift, by channel.
  package struct Affine: OperationBody {
    var input: Operand
    var scale: [Float]
    var shift: [Float]

    var inputs: [TensorID] { [input.tensor] }
    var writesInt16: Bool { true }

    func constraints(writing output: TensorID, in plan: Plan) -> [Constraint] { [] }

    func emit(_ operation: Operation, into quantizer: inout Quantizer) throws {
      let own = quantizer.quantizations[operation.output]
      let isImage = quantizer.isImage(input.tensor)
      let source: TensorID
      if isImage {
        source = quantizer.current[input.tensor] ?? 0
      } else {
        let isNarrow = own.type == .int16 || quantizer.quantizations[input.tensor].type == .int8
        source = try quantizer.tensor(input.tensor, as: isNarrow ? .int8 : .int16)
      }
      let output = quantizer.outputTensor(operation)
      try quantizer.appendAffine(
        from: source, isImage: isImage, to: output, scale: scale, shift: shift,
        name: operation.name)
    }
  }
}

extension Quantizer {
  /// scale * x + shift per channel, from one tensor of the program to another: a requantization of int16 or a depthwise
  /// 1 x 1 convolution of int8.
  mutating func appendAffine(
    from input: TensorID, isImage: Bool, to output: TensorID, scale: [Float], shift: [Float],
    name: String, limits: (low: Int, high: Int)? = nil, epilogue: Epilogue = Epilogue()
  ) throws {
    let (source, target) = (quantization(of: input), quantization(of: output))
    let channels = tensors[input].channels
    if source.type == .int16 {
      guard target.type == .int8 else {
        throw ConversionError("an int16 tensor cannot be rescaled to int16")
      }
      var columns = RuleColumns()
      for c in 0..<channels {
        try columns.appendRaising(
          factor: 64 * Double(scale[c]) * source.scale(c) / (256 * target.scale(c)),
          offset: 64 * Double(shift[c]) / target.scale(c), sum: 1 << 23, isInt16: false)
      }
      let rule = addRule(columns, low: limits?.low ?? target.low, high: limits?.high ?? 127)
      instructions.append(
        .requantize(
          Requantize(
            name: name, input: Operand(tensor: input, offset: 0, channels: channels),
            output: output, rule: rule)))
      return
    }
    let rows = tensors[input].rows
    let layer = Plan.Layer(
      isDepthwise: true, input: Operand(tensor: input, offset: 0, channels: channels),
      window: Window(
        inputHeight: 1, inputWidth: rows, outputHeight: 1, outputWidth: rows, kernelHeight: 1,
        kernelWidth: 1), weights: scale, bias: shift)
    let image = isImage ? preprocessing : nil
    try layer.append(
      to: &self, name: name, input: input,
      source: image.map { LayerInput(image: $0, channels: channels, statistics: nil) }
        ?? LayerInput(layer.input, source, isDepthwise: true, statistics: nil),
      isImage: isImage, output: output, target: target, epilogue: epilogue)
  }
}

extension Lowerer {
  mutating func lowerBatchNorm(_ node: Graph.Node) throws {
    let x = try input(node, 0)
    guard let (scale, shift) = PassContext(graph).affine(of: node) else {
      throw Unsupported("its scale, bias, mean and variance must be constant and of one size")
    }
    let (tensor, positions) = try whole(x, name: node.name)
    let channels = plan.tensors[tensor].channels
    let axisShape = [scale.count] + Array(repeating: 1, count: max(0, shape(x).count - 2))
    let physicalScale = try arrange(
      Tensor(shape: axisShape, scale), as: shape(x), positions: positions)
    let physicalShift = try arrange(
      Tensor(shape: axisShape, shift), as: shape(x), positions: positions)
    guard let scaleRow = perChannel(physicalScale, channels: channels),
      let shiftRow = perChannel(physicalShift, channels: channels)
    else { throw Unsupported("its channels do not lie along one axis of the tensor") }
    try emit(
      .affine(.init(input: plan.operand(tensor), scale: scaleRow, shift: shiftRow)), node: node,
      rows: plan.tensors[tensor].rows, channels: channels, positions: positions)
  }

  mutating func lowerConstant(
    _ operation: Binary, _ value: Graph.ValueID, _ constant: Tensor, _ node: Graph.Node
  ) throws {
    guard shape(value) == shape(node.outputs[0]) else {
      throw Unsupported("the constant broadcasts the activation")
    }
    let (tensor, positions) = try whole(value, name: node.name)
    let (rows, channels) = (plan.tensors[tensor].rows, plan.tensors[tensor].channels)
    let arranged = try arrange(constant, as: shape(value), positions: positions)
    let isProduct = operation == .multiply
    if let row = perChannel(arranged, channels: channels) {
      try emit(
        .affine(
          .init(
            input: plan.operand(tensor),
            scale: isProduct ? row : Array(repeating: 1, count: channels),
            shift: isProduct ? Array(repeating: 0, count: channels) : row)), node: node, rows: rows,
        channels: channels, positions: positions)
    } else {
      let constant = try constantTensor(
        arranged, rows: rows, channels: channels, name: node.name + ".constant")
      let (left, right) = (plan.operand(tensor), plan.operand(constant))
      try emit(
        isProduct
          ? .multiply(.init(left: left, right: right)) : .add(.init(left: left, right: right)),
        node: node, rows: rows, channels: channels, positions: positions)
    }
  }
}
