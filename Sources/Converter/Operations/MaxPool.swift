import SwiftletGraph
import SwiftletProgram

extension Plan {
  /// Max pooling.
  package struct MaxPool: OperationBody {
    var input: Operand
    var window: Window

    var inputs: [TensorID] { [input.tensor] }
    var writesInt16: Bool { false }

    func constraints(writing output: TensorID, in plan: Plan) -> [Constraint] {
      [.moved([input.tensor], into: output)]
    }

    func emit(_ operation: Operation, into quantizer: inout Quantizer) throws {
      let own = quantizer.quantizations[operation.output]
      let isInt8 = own.type == .int8
      let source =
        try isInt8
        ? quantizer.tensor(input.tensor, as: own) : quantizer.tensor(input.tensor, as: .int8)
      let output =
        isInt8
        ? quantizer.outputTensor(operation)
        : quantizer.addTensor(
          operation.output, quantizer.quantization(of: source), as: .converted)
      quantizer.instructions.append(
        .maxPool(
          SwiftletProgram.MaxPool(
            name: operation.name, input: input.moved(to: source), output: output, window: window)))
      try quantizer.widenIfNeeded(output, operation)
    }
  }
}

extension Lowerer {
  mutating func lowerMaxPool(_ pooling: Pooling, _ node: Graph.Node) throws {
    let x = try input(node, 0)
    guard shape(x).count == 4, shape(x)[0] == 1 else {
      throw Unsupported("only two-dimensional pooling of one image is supported")
    }
    let input = try featureMap(x, name: node.name)
    guard input.channels == shape(x)[1] else { throw Unsupported("pooling of the image itself") }
    try emitMap(
      .maxPool(
        .init(
          input: input, window: window(pooling, input: x, output: node.outputs[0]))),
      node: node, channels: input.channels)
  }
}
