import Swiftlet
import SwiftletProgram

/// A program for people to read, one line an instruction:
/// `%7 stem: [784, 16] int8 0.0123 + 4 = convolution 3x3 stride 2x2 on 28x28 %0; 1.25 KiB`.
struct ProgramText {
  let model: Model
  let arenaBytes: Int
  /// Bytes of each tensor of the file.
  let dataSizes: [DataName: Int]

  private var program: Program { model.program }

  var text: String {
    var head = TextTable(leftColumns: [0, 1])
    head.add("input", "\(model.input.shape) as \(declaration(model.input.tensor))")
    if let it = model.input.preprocessing {
      head.add("images", it.text)
    }
    head.add(
      "output",
      "\(model.outputCount) as \(model.outputMeaning.rawValue): \(declaration(program.output))")
    head.add(
      "program",
      "\(program.instructions.count) instructions, \(NumberText.count(program.macs)) MACs, \(NumberText.bytes(model.weightsBytes)) weights, \(NumberText.bytes(arenaBytes)) arena"
    )
    if !model.labels.isEmpty { head.add("labels", model.labels.joined(separator: ", ")) }
    for (key, value) in model.metadata.sorted(by: { $0.key < $1.key }) where key != "output" {
      head.add(key, value)
    }
    return ([head.description, ""] + program.instructions.map(line)).joined(separator: "\n")
  }

  private func line(_ instruction: Instruction) -> String {
    let it = Description(instruction)
    let operands = it.operands.map(reference).joined(separator: ", ")
    let bytes = Set(it.data).reduce(0) { $0 + (dataSizes[$1] ?? 0) }
    let details = ([instruction.kind] + it.details).joined(separator: " ")
    return "\(declaration(it.output)) = \(details) \(operands); \(NumberText.bytes(bytes))"
  }

  private func declaration(_ id: TensorID) -> String {
    let tensor = program.tensors[id]
    let zero = tensor.type == .int8 ? " zero \(tensor.zeroPoint)" : ""
    let scale = "\(tensor.scale)" + (tensor.scales == nil ? "" : " ... by channel")
    return
      "%\(id) \(tensor.name): [\(tensor.rows), \(tensor.channels)] \(tensor.type.rawValue) scale \(scale)\(zero)"
  }

  private func reference(_ operand: Operand) -> String {
    let tensor = program.tensors[operand.tensor]
    let whole = operand.offset == 0 && operand.channels == tensor.channels
    let range = whole ? "" : "[\(operand.offset)..<\(operand.offset + operand.channels)]"
    guard tensor.constant != nil else { return "%\(operand.tensor)\(range)" }
    return "%\(operand.tensor)\(range) (constant)"
  }
}

/// What a line says of an instruction.
private struct Description {
  var output: TensorID
  var operands: [Operand] = []
  var details: [String] = []
  /// The file's tensors that it reads.
  var data: [DataName] = []

  init(_ instruction: Instruction) {
    switch instruction {
    case .convolution(let it):
      output = it.output
      operands = [it.input]
      add(it.window)
      add(it.rule)
      add(it.epilogue)
      data += [it.weights] + (it.padding.map { [$0] } ?? [])
    case .depthwise(let it):
      output = it.output
      operands = [it.input]
      add(it.window)
      add(it.rule)
      add(it.epilogue)
      data += [it.weights] + (it.padding.map { [$0] } ?? [])
    case .attention(let it):
      output = it.output
      operands = [it.query, it.key, it.value]
      details.append("\(it.heads) heads")
      if it.groups > 1 { details.append("\(it.groups) groups") }
      details.append("\(it.queryTokens) x \(it.keyTokens) tokens \(it.exponentBits) bits")
      if it.bias != nil { details.append("biased") }
      data = [it.queryRows, it.keyRows, it.bias, it.exponentTable].compactMap { $0 }
    case .layerNorm(let it):
      output = it.output
      operands = [it.input]
      add(it.rule)
    case .add(let it):
      output = it.output
      operands = [it.left, it.right]
    case .multiply(let it):
      output = it.output
      operands = [it.left, it.right]
    case .lookup(let it):
      output = it.output
      operands = [it.input]
      data = [it.table]
    case .requantize(let it):
      output = it.output
      operands = [it.input]
      add(it.rule)
    case .mean(let it):
      output = it.output
      operands = [it.input]
      add(it.rule)
      add(it.epilogue)
    case .gather(let it):
      output = it.output
      details = ["runs of \(it.run) from \(it.inputs.map { "%\($0)" }.joined(separator: ", "))"]
      data = [it.offsets] + (it.sources.map { [$0] } ?? [])
    }
  }

  private mutating func add(_ window: Window?) {
    guard let window else { return }
    details.append("\(window.kernelHeight)x\(window.kernelWidth)")
    if window.strideY > 1 || window.strideX > 1 {
      details.append("stride \(window.strideY)x\(window.strideX)")
    }
    if window.dilationY > 1 || window.dilationX > 1 {
      details.append("dilation \(window.dilationY)x\(window.dilationX)")
    }
    if window.padTop > 0 || window.padLeft > 0 {
      details.append("pad \(window.padTop)x\(window.padLeft)")
    }
    details.append("on \(window.inputHeight)x\(window.inputWidth)")
  }

  private mutating func add(_ rule: Rule) {
    data += [rule.bias, rule.multiplier, rule.shift]
    if rule.low > -128 || rule.high < 127 { details.append("clamp \(rule.low)...\(rule.high)") }
  }

  private mutating func add(_ epilogue: Epilogue) {
    if let residual = epilogue.residual {
      details.append("with residual")
      operands.append(residual.operand)
    }
    if let table = epilogue.table {
      details.append("with table")
      data.append(table)
    }
  }
}

extension Preprocessing {
  fileprivate var text: String {
    let size = resize.size
    let resized =
      switch resize {
      case .shorterSide(let side): "shorter side to \(side)"
      case .exactly: "squashed to \(size.height) x \(size.width)"
      case .covering: "covering \(size.height) x \(size.width)"
      case .within: "within \(size.height) x \(size.width)"
      }
    var parts = ["\(resized) (\(interpolation.rawValue))", "crop \(height) x \(width)"]
    if !border.isEmpty { parts.append("border \(border)") }
    parts += ["mean \(mean)", "std \(std)"] + (isBGR ? ["BGR"] : [])
    return parts.joined(separator: ", ")
  }
}
