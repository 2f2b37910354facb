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
    let always = Precision(plan).types
    var seen: Set<TensorID> = []
    return plan.operations.compactMap { operation -> Promotion? in
      let tensor = operation.output
      guard !seen.contains(tensor) else { return nil }
      let stream = Precision.streams(of: [tensor], in: plan)
      seen.formUnion(stream)
      guard isPossible(stream, in: plan) else { return nil }
      var macs = 0
      for reader in plan.operations {
        switch reader.kind {
        case .convolution(let layer), .depthwise(let layer):
          guard stream.contains(layer.input.tensor) else { continue }
          let rows = plan.tensors[reader.output].rows
          macs += rows * layer.weights.count
        default: continue
        }
      }
      let bytes = stream.reduce(0) { sum, member in
        always[member] == .int8 ? sum + plan.tensors[member].count : sum
      }
      guard macs > 0 || bytes > 0 else { return nil }
      return Promotion(
        tensor: plan.tensors[tensor].name, multiplyAdds: macs, bytes: bytes, gain: nil, id: tensor)
    }
  }

  private static func isPossible(_ stream: Set<TensorID>, in plan: Plan) -> Bool {
    guard !stream.contains(plan.input) else { return false }
    var gains = false
    for operation in plan.operations {
      let reads = !stream.isDisjoint(with: operation.kind.inputs)
      switch operation.kind {
      // Attention reads symmetric int8.
      case .attention where reads: return false
      default: break
      }
      guard stream.contains(operation.output) else { continue }
      switch operation.kind {
      case .convolution(let layer), .depthwise(let layer):
        if layer.hasTable { continue }
        if let limits = layer.activation?.limits {
          guard limits.low == 0, onlyLayersRead(operation.output, in: plan) else { return false }
        }
        gains = true
      case .add, .mean, .affine: gains = true
      case .attention, .layerNorm, .multiply, .unary, .gather: continue
      }
    }
    return gains
  }

  /// Layers that read a tensor in planes apply the limits of a ReLU; nothing else does.
  private static func onlyLayersRead(_ tensor: TensorID, in plan: Plan) -> Bool {
    tensor != plan.output
      && plan.operations.allSatisfy { operation in
        switch operation.kind {
        case .convolution(let layer), .depthwise(let layer):
          layer.residual?.tensor != tensor
        default: !operation.kind.inputs.contains(tensor)
        }
      }
  }
}
