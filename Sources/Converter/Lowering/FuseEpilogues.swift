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
      for input in operation.body.inputs { readers[input, default: []].append(position) }
      producers[operation.output] = position
    }
    for (position, operation) in plan.operations.enumerated() {
      guard case .layer(let layer) = operation.kind, let reader = readers[operation.output],
        reader.count == 1, reader[0] >= 0
      else { continue }
      let fused = fuse(
        plan.operations[reader[0]].kind, into: layer, of: operation.output, in: plan
      ) { (producers[$0.tensor] ?? -1) < position }
      if let fused { return (position, reader[0], .layer(fused)) }
    }
    return nil
  }

  private static func fuse(
    _ consumer: Plan.Kind, into layer: Plan.Layer, of tensor: TensorID, in plan: Plan,
    isReady: (Operand) -> Bool
  ) -> Plan.Layer? {
    guard layer.activation == nil else { return nil }
    var fused = layer
    if case .function(let it) = consumer, it.input == plan.operand(tensor) {
      fused.activation = it.function
      fused.preActivation = plan.tensors[tensor].value
      return fused
    }
    guard case .add(let sum) = consumer, layer.residual == nil, sum.left.tensor != sum.right.tensor
    else { return nil }
    let other = sum.left.tensor == tensor ? sum.right : sum.left
    guard isReady(other), other.channels == layer.outputs,
      plan.tensors[other.tensor].rows == plan.tensors[tensor].rows
    else { return nil }
    fused.residual = other
    return fused
  }
}
