import SwiftletProgram

extension Plan {
  /// The sum of two tensors.
  package struct Add: OperationBody {
    var left: Operand
    var right: Operand

    var inputs: [TensorID] { [left.tensor, right.tensor] }
    var writesInt16: Bool { true }

    func constraints(writing output: TensorID, in plan: Plan) -> [Constraint] {
      [.sum([left, right], into: output, isStored: true), .scaledByChannel(output, nil)]
    }

    func emit(_ operation: Operation, into quantizer: inout Quantizer) throws {
      let own = quantizer.quantizations[operation.output]
      let left = try quantizer.operand(left, as: own.type)
      let right = try quantizer.operand(right, as: own.type)
      func multiplier(_ operand: Operand) -> Int {
        guard own.type == .int8 else { return 0 }
        let scale = quantizer.quantization(of: operand.tensor).scale(of: operand)
        return Int((0x1p14 * scale / own.scales[0]).rounded())
      }
      let multipliers = (multiplier(left), multiplier(right))
      let output = quantizer.outputTensor(operation)
      quantizer.instructions.append(
        .add(
          SwiftletProgram.Add(
            name: operation.name, left: left, right: right, output: output,
            leftMultiplier: multipliers.0, rightMultiplier: multipliers.1, low: own.low, high: 127))
      )
    }
  }
}
