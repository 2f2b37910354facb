import Swiftlet
import SwiftletLive
import SwiftletMeasuring
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
    let it = instruction.body
    let operands = it.operands.map(reference).joined(separator: ", ")
    let bytes = Set(it.data).reduce(0) { $0 + (dataSizes[$1] ?? 0) }
    let details = ([it.kind] + it.details).joined(separator: " ")
    return "\(declaration(it.output)) = \(details) \(operands); \(NumberText.bytes(bytes))"
  }

  private func declaration(_ id: TensorID) -> String {
    let tensor = program.tensors[id]
    let zero = tensor.type == .int8 ? " zero \(tensor.zeroPoint)" : ""
    let scale = "\(tensor.scale)" + (tensor.scales == nil ? "" : " ... by channel")
    return
      "%\(id) \(tensor.title): [\(tensor.rows), \(tensor.channels)] \(tensor.type.rawValue) scale \(scale)\(zero)"
  }

  private func reference(_ operand: Operand) -> String {
    let tensor = program.tensors[operand.tensor]
    let whole = operand.offset == 0 && operand.channels == tensor.channels
    let range = whole ? "" : "[\(operand.offset)..<\(operand.offset + operand.channels)]"
    guard tensor.constant != nil else { return "%\(operand.tensor)\(range)" }
    return "%\(operand.tensor)\(range) (constant)"
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
