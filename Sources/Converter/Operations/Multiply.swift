import SwiftletProgram

extension Plan {
  /// The element-wise product of two tensors.
  package struct Multiply: OperationBody {
    var left: Operand
    var right: Operand

    var inputs: [TensorID] { [left.tensor, right.tensor] }
    var writesInt16: Bool { false }

    func constraints(writing output: TensorID, in plan: Plan) -> [Constraint] { [] }

    func emit(_ operation: Operation, into quantizer: inout Quantizer) throws {
      let left = try quantizer.operand(left, as: .int8)
      let right = try quantizer.operand(right, as: .int8)
      let scale = [left, right].reduce(1.0) {
        $0 * quantizer.quantization(of: $1.tensor).scale(of: $1)
      }
      let output = try quantizer.narrowOutput(operation)
      let narrow = quantizer.quantization(of: output)
      let rule = try ScalarRule(
        factor: 64 * scale / narrow.scales[0], sum: 255 * 255, isInt16: false)
      quantizer.instructions.append(
        .multiply(
          SwiftletProgram.Multiply(
            name: operation.name, left: left, right: right, output: output, rule: rule,
            low: narrow.low, high: 127)))
      try quantizer.widenIfNeeded(output, operation)
    }
  }
}
