import SwiftletProgram

/// Sums and activations join the convolution or linear layer that alone feeds them, until nothing more does.
enum FuseEpilogues {
  static func run(on plan: Plan) -> Plan {
    var plan = plan
    while let (layer, consumer, fused) = next(in: plan) {
      plan.operations[layer].kind = fused
      plan.operations[layer].output = plan.operations[consumer].output
      plan.operations.remove(at: consumer)
    }
    return plan
  }

  private static func next(in plan: Plan) -> (layer: Int, consumer: Int, fused: Plan.Kind)? {
    var readers: [TensorID: [Int]] = [plan.output: [-1]]
    var producers: [TensorID: Int] = [:]
    for (position, operation) in plan.operations.enumerated() {
      for input in operation.kind.inputs { readers[input, default: []].append(position) }
      producers[operation.output] = position
    }
    for (position, operation) in plan.operations.enumerated() {
      guard let reader = readers[operation.output], reader.count == 1, reader[0] >= 0 else {
        continue
      }
      let consumer = plan.operations[reader[0]].kind
      func isReady(_ operand: Operand) -> Bool { (producers[operand.tensor] ?? -1) < position }
      switch operation.kind {
      case .convolution(let layer):
        if let fused = fuse(consumer, into: layer, of: operation.output, in: plan, isReady: isReady)
        {
          return (position, reader[0], .convolution(fused))
        }
      case .depthwise(let layer):
        if let fused = fuse(consumer, into: layer, of: operation.output, in: plan, isReady: isReady)
        {
          return (position, reader[0], .depthwise(fused))
        }
      default: continue
      }
    }
    return nil
  }

  private static func fuse(
    _ consumer: Plan.Kind, into layer: Plan.Layer, of tensor: TensorID, in plan: Plan,
    isReady: (Operand) -> Bool
  ) -> Plan.Layer? {
    guard layer.activation == nil else { return nil }
    var fused = layer
    switch consumer {
    case .unary(let function, let input) where input == plan.operand(tensor):
      fused.activation = function
      fused.preActivation = plan.tensors[tensor].value
    case .add(let left, let right) where layer.residual == nil:
      let other = left.tensor == tensor ? right : left
      guard left.tensor != right.tensor, isReady(other), other.channels == layer.outputs,
        plan.tensors[other.tensor].rows == plan.tensors[tensor].rows
      else { return nil }
      fused.residual = other
    default: return nil
    }
    return fused
  }
}
