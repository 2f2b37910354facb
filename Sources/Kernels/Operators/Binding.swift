package import SwiftletProgram

/// What an instruction is bound to: where its tensors and its data lie, and the kernels that work on them.
package struct Binding {
  let kernels: KernelSet
  /// That run the operator together.
  let threads: Int
  private let program: Program
  private let file: ModelFile
  /// By tensor; nil for constants, which lie in the file.
  private let tensors: [UnsafeMutableRawPointer?]
  /// What `KernelOperator.prepareWeights` wrote; nil where there is nothing, or not yet.
  package var preparedWeights: UnsafeRawPointer?
  /// `KernelOperator.sharedBytes` bytes.
  package var shared: UnsafeMutableRawPointer
  /// Room for the addresses of the tensors that the instruction reads whole.
  package var inputs: UnsafeMutablePointer<UnsafeRawPointer?>

  /// Creates what the instructions of a program have in common. The file outlives the operators.
  package init(
    kernels: KernelSet, threads: Int, program: Program, file: ModelFile,
    tensors: [UnsafeMutableRawPointer?], shared: UnsafeMutableRawPointer,
    inputs: UnsafeMutablePointer<UnsafeRawPointer?>
  ) {
    self.kernels = kernels
    self.threads = threads
    self.program = program
    self.file = file
    self.tensors = tensors
    self.shared = shared
    self.inputs = inputs
  }

  /// All of a tensor.
  func rows(_ tensor: TensorID) throws(ModelFileError) -> BoundRows {
    try rows(Operand(tensor: tensor, offset: 0, channels: program.tensors[tensor].channels))
  }

  func rows(_ operand: Operand) throws(ModelFileError) -> BoundRows {
    let tensor = program.tensors[operand.tensor]
    let base: UnsafeMutableRawPointer
    if let constant = tensor.constant {
      base = UnsafeMutableRawPointer(mutating: try bytes(constant))
    } else if let address = tensors[operand.tensor] {
      base = address
    } else {
      throw ModelFileError("tensor \(operand.tensor), '\(tensor.name)', has no memory")
    }
    return BoundRows(
      base: base + operand.offset * tensor.type.size, count: tensor.rows,
      channels: operand.channels, stride: tensor.channels, isInt16: tensor.type == .int16,
      zeroPoint: tensor.zeroPoint)
  }

  func rule(_ rule: Rule) throws(ModelFileError) -> BoundRule {
    BoundRule(
      bias: try data(rule.bias), multiplier: try data(rule.multiplier),
      shift: try data(rule.shift), low: rule.low, high: rule.high)
  }

  func epilogue(_ epilogue: Epilogue, _ output: TensorID) throws(ModelFileError) -> BoundEpilogue {
    BoundEpilogue(
      output: try rows(output), table: try data(epilogue.table),
      residual: try epilogue.residual.map { (it) throws(ModelFileError) in try rows(it.operand) },
      residualMultiplier: epilogue.residual?.multiplier ?? 0)
  }

  func data<Element>(_ name: DataName) throws(ModelFileError) -> UnsafePointer<Element> {
    try bytes(name).assumingMemoryBound(to: Element.self)
  }

  func data<Element>(_ name: DataName?) throws(ModelFileError) -> UnsafePointer<Element>? {
    guard let name else { return nil }
    return try data(name)
  }

  private func bytes(_ name: DataName) throws(ModelFileError) -> UnsafeRawPointer {
    guard let bytes = file.data(name)?.bytes.baseAddress else {
      throw ModelFileError("the file has no tensor '\(name)'")
    }
    return bytes
  }
}

extension Instruction {
  /// The operator that runs it.
  package func bound(to memory: Binding) throws(ModelFileError) -> any KernelOperator {
    switch self {
    case .convolution(let it): try ConvolutionOperator(it, memory)
    case .depthwise(let it): try DepthwiseOperator(it, memory)
    case .attention(let it): try AttentionOperator(it, memory)
    case .layerNorm(let it): try LayerNormOperator(it, memory)
    case .add(let it): try AddOperator(it, memory)
    case .multiply(let it): try MultiplyOperator(it, memory)
    case .lookup(let it): try LookupOperator(it, memory)
    case .requantize(let it): try RequantizeOperator(it, memory)
    case .mean(let it): try MeanOperator(it, memory)
    case .maxPool(let it): try MaxPoolOperator(it, memory)
    case .gather(let it): try GatherOperator(it, memory)
    }
  }
}
