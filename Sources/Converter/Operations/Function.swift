import SwiftletGraph
import SwiftletProgram

extension Plan {
  /// A function of each element: a table.
  package struct Function: OperationBody {
    var function: Unary
    var input: Operand

    var inputs: [TensorID] { [input.tensor] }
    var writesInt16: Bool { false }

    func constraints(writing output: TensorID, in plan: Plan) -> [Constraint] {
      let readers = plan.operations.filter { $0.body.inputs.contains(input.tensor) }
      guard readers.count == 1, let value = plan.tensors[input.tensor].value else { return [] }
      return [.argument(value, of: function)]
    }

    func emit(_ operation: Operation, into quantizer: inout Quantizer) throws {
      let source = try quantizer.tensor(input.tensor, as: .int8)
      let output = try quantizer.narrowOutput(operation)
      let argument = quantizer.quantization(of: source)
      guard argument.scales.count == 1 else {
        throw ConversionError("its input has a scale for each channel; a table needs one")
      }
      let table = quantizer.addTable(
        function, from: argument, to: quantizer.quantization(of: output))
      quantizer.instructions.append(
        .lookup(
          Lookup(
            name: operation.name, input: input.moved(to: source), output: output, table: table)))
      try quantizer.widenIfNeeded(output, operation)
    }
  }
}

extension Lowerer {
  mutating func lowerUnary(_ function: Unary, _ node: Graph.Node) throws {
    let (tensor, positions) = try whole(try input(node, 0), name: node.name)
    try emit(
      .function(.init(function: function, input: plan.operand(tensor))), node: node,
      rows: plan.tensors[tensor].rows, channels: plan.tensors[tensor].channels,
      positions: positions)
  }
}
