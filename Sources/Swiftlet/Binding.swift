import SwiftletKernels
import SwiftletProgram

/// Turns a program's instructions into operators whose pointers lead into the arena and the file.
struct Binding {
  let model: Model
  let kernels: KernelSet
  let threads: Int
  /// nil where operators are bound only to find out what they need.
  let preparedWeights: PreparedWeights?
  let layout: ProgramLayout
  /// What the layout places, then the addresses of whole tensors, `addressBytes`.
  let arena: UnsafeMutableRawPointer

  /// Bytes of the addresses of the tensors that a program's instructions read whole.
  static func addressBytes(of program: Program) -> Int {
    let count = program.instructions.reduce(0) { $0 + $1.body.inputs.count }
    return count * MemoryLayout<UnsafeRawPointer>.stride
  }

  /// One operator for each instruction.
  func operators() throws(SessionError) -> [PreparedOperator] {
    var operators: [PreparedOperator] = []
    var addresses = (arena + layout.bytes).assumingMemoryBound(to: UnsafeRawPointer.self)
    for (step, instruction) in model.program.instructions.enumerated() {
      let inputs = instruction.body.inputs
      for (index, input) in inputs.enumerated() {
        (addresses + index).initialize(to: UnsafeRawPointer(try rows(input).base))
      }
      operators.append(try prepare(instruction, at: step, inputs: addresses))
      addresses += inputs.count
    }
    return operators
  }

  private func prepare(
    _ instruction: Instruction, at step: Int, inputs: UnsafePointer<UnsafeRawPointer>
  ) throws(SessionError) -> PreparedOperator {
    switch instruction {
    case .convolution(let it):
      return .convolution(
        ConvolutionOperator(
          kernels: kernels, input: try rows(it.input), window: it.window.map(BoundWindow.init),
          weights: try data(it.weights), preparedWeights: preparedWeights?.address(of: step),
          padding: try padding(it.padding, of: it.window),
          rule: try rule(it.rule), epilogue: try epilogue(it.epilogue, it.output)))
    case .depthwise(let it):
      return .depthwise(
        DepthwiseOperator(
          kernels: kernels, input: try rows(it.input), window: BoundWindow(it.window),
          weights: try data(it.weights), preparedWeights: preparedWeights?.address(of: step),
          padding: try padding(it.padding, of: it.window),
          rule: try rule(it.rule), epilogue: try epilogue(it.epilogue, it.output)))
    case .attention(let it):
      return .attention(try attention(it, shared: arena + layout.sharedOffsets[step]))
    case .layerNorm(let it):
      return .layerNorm(
        LayerNormOperator(
          kernels: kernels, input: try rows(it.input), output: try rows(it.output),
          epsilon: it.epsilon, mantissa: Int32(it.mantissa), exponent: Int32(it.exponent),
          rule: try rule(it.rule)))
    case .add(let it):
      return .add(
        AddOperator(
          kernels: kernels, left: try rows(it.left), right: try rows(it.right),
          output: try rows(it.output), leftMultiplier: Int32(it.leftMultiplier),
          rightMultiplier: Int32(it.rightMultiplier), low: Int32(it.low), high: Int32(it.high)))
    case .multiply(let it):
      return .multiply(
        MultiplyOperator(
          kernels: kernels, left: try rows(it.left), right: try rows(it.right),
          output: try rows(it.output), bias: Int32(it.rule.bias),
          multiplier: Int32(it.rule.multiplier), shift: Int32(it.rule.shift), low: Int32(it.low),
          high: Int32(it.high)))
    case .lookup(let it):
      return .lookup(
        LookupOperator(
          kernels: kernels, input: try rows(it.input), output: try rows(it.output),
          table: try data(it.table)))
    case .requantize(let it):
      return .requantize(
        RequantizeOperator(
          kernels: kernels, input: try rows(it.input), output: try rows(it.output),
          rule: try rule(it.rule)))
    case .mean(let it):
      return .mean(
        MeanOperator(
          kernels: kernels, input: try rows(it.input), rule: try rule(it.rule),
          epilogue: try epilogue(it.epilogue, it.output)))
    case .gather(let it):
      let output = model.program.tensors[it.output]
      return .gather(
        GatherOperator(
          kernels: kernels, sources: inputs, sourceOfRun: try optionalData(it.sources),
          offsets: try data(it.offsets), output: try rows(it.output).base,
          runs: output.elementCount / it.run, run: it.run, elementSize: output.type.size))
    }
  }

  private func attention(
    _ it: Attention, shared: UnsafeMutableRawPointer
  ) throws(SessionError) -> AttentionOperator {
    AttentionOperator(
      kernels: kernels,
      operands: AttentionOperator.Operands(
        query: try rows(it.query), key: try rows(it.key), value: try rows(it.value),
        output: try rows(it.output), queryRows: try optionalData(it.queryRows),
        keyRows: try optionalData(it.keyRows), bias: try optionalData(it.bias),
        biasGroups: it.biasGroups, exponentTable: try data(it.exponentTable)),
      scales: AttentionOperator.Scales(
        bias: Int32(it.logits.bias), multiplier: Int16(it.logits.multiplier),
        shift: Int8(it.logits.shift), outputMantissa: Int32(it.outputMantissa),
        outputExponent: Int32(it.outputExponent), low: it.low, high: it.high),
      geometry: AttentionGeometry(
        heads: it.heads, groups: it.groups, queryTokens: it.queryTokens, keyTokens: it.keyTokens,
        depth: it.query.channels / it.heads, channels: it.value.channels / it.heads,
        hasTwoPlanes: it.exponentBits > 7, hasQueryRows: it.queryRows != nil, threads: threads),
      sharedPanels: shared)
  }

  /// What taps in the padding read, where a window has any.
  private func padding(
    _ name: DataName?, of window: Window?
  ) throws(SessionError) -> UnsafePointer<Int8>? {
    guard let window, window.hasPadding else { return nil }
    return try optionalData(name)
  }

  private func rule(_ rule: Rule) throws(SessionError) -> BoundRule {
    BoundRule(
      bias: try data(rule.bias), multiplier: try data(rule.multiplier),
      shift: try data(rule.shift), low: rule.low, high: rule.high)
  }

  private func epilogue(
    _ epilogue: Epilogue, _ output: TensorID
  ) throws(SessionError) -> BoundEpilogue {
    var bound = BoundEpilogue(output: try rows(output), table: try optionalData(epilogue.table))
    if let residual = epilogue.residual {
      bound.residual = try rows(residual.operand)
      bound.residualMultiplier = residual.multiplier
    }
    return bound
  }

  private func rows(_ tensor: TensorID) throws(SessionError) -> BoundRows {
    try rows(
      Operand(tensor: tensor, offset: 0, channels: model.program.tensors[tensor].channels))
  }

  private func rows(_ operand: Operand) throws(SessionError) -> BoundRows {
    let tensor = model.program.tensors[operand.tensor]
    let base: UnsafeMutableRawPointer
    if let constant = tensor.constant {
      base = UnsafeMutableRawPointer(mutating: try bytes(constant))
    } else if let offset = layout.tensorOffsets[operand.tensor] {
      base = arena + offset
    } else {
      throw SessionError("tensor \(operand.tensor), '\(tensor.name)', has no memory")
    }
    return BoundRows(
      base: base + operand.offset * tensor.type.size, count: tensor.rows,
      channels: operand.channels, stride: tensor.channels, isInt16: tensor.type == .int16,
      zeroPoint: tensor.zeroPoint)
  }

  private func data<Element>(_ name: DataName) throws(SessionError) -> UnsafePointer<Element> {
    try bytes(name).assumingMemoryBound(to: Element.self)
  }

  private func optionalData<Element>(
    _ name: DataName?
  ) throws(SessionError) -> UnsafePointer<Element>? {
    guard let name else { return nil }
    return try data(name)
  }

  private func bytes(_ name: DataName) throws(SessionError) -> UnsafeRawPointer {
    guard let bytes = model.data.file.data(name)?.bytes.baseAddress else {
      throw SessionError("the file has no tensor '\(name)'")
    }
    return bytes
  }
}

extension BoundWindow {
  init(_ window: Window) {
    self.init(
      inputHeight: window.inputHeight, inputWidth: window.inputWidth,
      outputHeight: window.outputHeight, outputWidth: window.outputWidth,
      kernelHeight: window.kernelHeight, kernelWidth: window.kernelWidth, strideY: window.strideY,
      strideX: window.strideX, dilationY: window.dilationY, dilationX: window.dilationX,
      padTop: window.padTop, padLeft: window.padLeft)
  }
}
