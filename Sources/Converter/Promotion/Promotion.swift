import SwiftletProgram

/// A tensor, with all that is added to it, as int16 instead of int8; layers then take it in two planes.
package struct Promotion: Sendable, Equatable, Codable {
  /// The tensor's name in the source model.
  package var tensor: String
  /// What it costs an inference: multiply-adds of the layers that read it once more.
  package var multiplyAdds: Int
  /// The bytes by which activations grow.
  package var bytes: Int
  /// By how much it alone raises the ratio of logits to quantization error, in decibels.
  package var gain: Double?

  /// The tensor in the plan; no part of a report.
  var id: TensorID = -1

  private enum CodingKeys: String, CodingKey {
    case tensor, bytes
    case multiplyAdds = "macs"
    case gain = "logits_gain_db"
  }

  /// All promotions that the instructions allow, in the plan's order.
  package static func candidates(of plan: Plan) -> [Promotion] {
    let solution = Solver(plan)
    var seen: Set<TensorID> = []
    return plan.operations.compactMap { operation -> Promotion? in
      let tensor = operation.output
      guard !seen.contains(tensor) else { return nil }
      let stream = solution.stream(of: tensor)
      seen.formUnion(stream)
      guard isPossible(stream, solution) else { return nil }
      var macs = 0
      for case .weighted(let it, let output) in solution.constraints
      where stream.contains(it.operand.tensor) {
        macs += plan.tensors[output].rows * it.weights.count
      }
      let bytes = stream.reduce(0) { sum, member in
        solution.types[member] == .int8 ? sum + plan.tensors[member].count : sum
      }
      guard macs > 0 || bytes > 0 else { return nil }
      return Promotion(
        tensor: plan.tensors[tensor].name, multiplyAdds: macs, bytes: bytes, gain: nil, id: tensor)
    }
  }

  /// Whether a stream may be int16, and holds more than int8 then.
  private static func isPossible(_ stream: Set<TensorID>, _ solution: Solver) -> Bool {
    let plan = solution.plan
    guard !stream.contains(plan.input) else { return false }
    for case .symmetric(let operand, _) in solution.constraints
    where stream.contains(operand.tensor) {
      return false
    }
    let writers = plan.operations.filter { stream.contains($0.output) && $0.body.writesInt16 }
    let keepLimits = writers.allSatisfy { writer in
      guard let limits = solution.limits[writer.output] else { return true }
      return limits.low == 0 && onlyWeightsRead(writer.output, solution)
    }
    return keepLimits && !writers.isEmpty
  }

  /// Layers that read a tensor in planes apply the limits of a ReLU; nothing else does.
  private static func onlyWeightsRead(_ tensor: TensorID, _ solution: Solver) -> Bool {
    var reads = solution.plan.operations.reduce(0) { count, operation in
      count + operation.body.inputs.count { $0 == tensor }
    }
    for case .weighted(let it, _) in solution.constraints where it.operand.tensor == tensor {
      reads -= 1
    }
    return tensor != solution.plan.output && reads == 0
  }
}
