import SwiftletGraph
import SwiftletProgram

extension Plan {
  /// Elements moved by an index map: see the instruction.
  package struct Gather: OperationBody {
    var inputs: [TensorID]
    var run: Int
    var offsets: [Int32]
    var sources: [Int32]?

    var writesInt16: Bool { false }

    func constraints(writing output: TensorID, in plan: Plan) -> [Constraint] {
      [.moved(inputs, into: output)]
    }

    func emit(_ operation: Operation, into quantizer: inout Quantizer) throws {
      let own = quantizer.quantizations[operation.output]
      let tensors = try inputs.map { try quantizer.tensor($0, as: own) }
      let offsets = quantizer.add(DataTensor(offsets), "offsets")
      let sources = sources.map { quantizer.add(DataTensor($0), "sources") }
      let output = quantizer.outputTensor(operation)
      quantizer.instructions.append(
        .gather(
          SwiftletProgram.Gather(
            name: operation.name, inputs: tensors, output: output, run: run, offsets: offsets,
            sources: sources)))
    }
  }
}

extension Lowerer {
  /// A tensor that a gather instruction fills by an index map.
  mutating func gather(
    _ map: ElementMap, rows: Int, channels: Int, name: String
  ) throws -> TensorID {
    var run = channels
    while !isMoved(map, inRunsOf: run) { run = largestDivisor(of: run) }
    var inputs: [TensorID] = []
    var offsets: [Int32] = []
    var sources: [Int32] = []
    for start in stride(from: 0, to: map.count, by: run) {
      let (tensor, position) = space.locate(map[start])
      let source = inputs.firstIndex(of: tensor) ?? inputs.count
      if source == inputs.count { inputs.append(tensor) }
      offsets.append(Int32(position))
      sources.append(Int32(source))
    }
    let output = try addTensor(
      .init(
        name: name + ".gathered", rows: rows, channels: channels, value: nil, layout: .rowMajor))
    plan.operations.append(
      .init(
        name: name + ".gather",
        kind: .gather(
          .init(
            inputs: inputs, run: run, offsets: offsets,
            sources: inputs.count > 1 ? sources : nil)), output: output))
    return output
  }

  private func isMoved(_ map: ElementMap, inRunsOf run: Int) -> Bool {
    if run == 1 { return true }
    for start in stride(from: 0, to: map.count, by: run) {
      for index in start + 1..<start + run where map[index] != map[index - 1] + 1 { return false }
      if space.locate(map[start]).tensor != space.locate(map[start + run - 1]).tensor {
        return false
      }
    }
    return true
  }

  private func largestDivisor(of run: Int) -> Int {
    var divisor = 2
    while run % divisor != 0 { divisor += 1 }
    return run / divisor
  }
}
