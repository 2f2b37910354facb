import SwiftletGraph
import SwiftletProgram

extension Plan {
  /// The mean over all rows.
  package struct Mean: OperationBody {
    var input: Operand

    var inputs: [TensorID] { [input.tensor] }
    var writesInt16: Bool { true }

    func constraints(writing output: TensorID, in plan: Plan) -> [Constraint] {
      [.mean(of: input.tensor, rows: plan.tensors[input.tensor].rows, into: output)]
    }

    func emit(_ operation: Operation, into quantizer: inout Quantizer) throws {
      let type = quantizer.quantizations[input.tensor].type
      let own = quantizer.quantizations[operation.output]
      let source = try quantizer.tensor(input.tensor, as: type)
      let rows = quantizer.tensors[source].rows
      let quantized = quantizer.quantization(of: source)
      let isInt16 = own.type == .int16
      var columns = RuleColumns()
      for c in 0..<input.channels {
        let factor =
          quantized.scale(input.offset + c) / (Double(rows) * own.scale(c)) * (isInt16 ? 1 : 64)
        guard
          columns.append(
            factor: factor, offset: 0, accumulatorBias: -quantized.zeroPoint * rows,
            sum: type.largestMagnitude * rows, isInt16: isInt16)
        else {
          throw ConversionError("the mean over \(rows) rows does not fit the accumulator")
        }
      }
      let rule = quantizer.addRule(columns, low: isInt16 ? -128 : own.low)
      let output = quantizer.outputTensor(operation)
      quantizer.instructions.append(
        .mean(
          SwiftletProgram.Mean(
            name: operation.name, input: input.moved(to: source), output: output, rule: rule,
            epilogue: Epilogue())))
    }
  }
}

extension Lowerer {
  mutating func lowerMean(axes: [Int], _ node: Graph.Node) throws {
    let x = try input(node, 0)
    let rank = shape(x).count
    let reduced = Set(axes.map { $0 < 0 ? $0 + rank : $0 })
    let order = (0..<rank).filter(reduced.contains) + (0..<rank).filter { !reduced.contains($0) }
    let moved = try Operator.transpose(permutation: order).move(
      [(shape(x), try map(of: x))], padding: 0)
    let channels = (0..<rank).filter { !reduced.contains($0) }.reduce(1) { $0 * shape(x)[$1] }
    let view = try independentRows(moved[0], channels: channels, name: node.name)
    try emit(
      .mean(.init(input: .init(tensor: view.tensor, offset: view.offset, channels: channels))),
      node: node, rows: 1, channels: channels, positions: (0..<channels).map(Int32.init))
  }
}
