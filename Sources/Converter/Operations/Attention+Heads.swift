import SwiftletGraph
import SwiftletProgram

extension Lowerer {
  /// Where one linear layer writes Q, K and V with the channels of a head together (`[head][q, k, v]`), its output columns
  /// are put into the order that attention reads, `[q, k, v][head]`: a permutation of weights instead of a gather.
  mutating func sortHeads(of values: [Graph.ValueID], count: Int) {
    guard let order = headOrder(of: values, count: count),
      let operation = plan.operations.indices.last(where: {
        plan.operations[$0].output == order.tensor
      }),
      case .layer(var layer) = plan.operations[operation].kind,
      !plan.operations.contains(where: { $0.body.inputs.contains(order.tensor) })
    else { return }
    let channels = order.columns.count
    let perOutput = layer.weights.count / channels
    layer.weights = order.columns.flatMap {
      layer.weights[$0 * perOutput..<($0 + 1) * perOutput]
    }
    layer.bias = order.columns.map { layer.bias[$0] }
    plan.operations[operation].kind = .layer(layer)

    var place = [Int32](repeating: 0, count: channels)
    for (new, old) in order.columns.enumerated() { place[old] = Int32(new) }
    permuteColumns(of: order.tensor, to: place)
  }

  /// The tensor that holds all three operands, and its columns in the wanted order; nil where they are in it already, or do
  /// not fill one tensor.
  private mutating func headOrder(
    of values: [Graph.ValueID], count: Int
  ) -> (tensor: TensorID, columns: [Int])? {
    var tensor: TensorID?
    var columns: [Int] = []
    for value in values {
      guard let map = try? map(of: value), let depth = shape(value).last else { return nil }
      let size = map.count / count
      var offsets: Set<Int> = []
      for batch in 0..<count {
        guard
          let view = space.rowView(
            of: map[batch * size..<(batch + 1) * size], channels: depth, in: plan),
          tensor == nil || tensor == view.tensor
        else { return nil }
        tensor = view.tensor
        offsets.insert(view.offset)
      }
      columns += offsets.sorted().flatMap { $0..<$0 + depth }
    }
    guard let tensor, columns != Array(columns.indices),
      columns.sorted() == Array(0..<plan.tensors[tensor].channels)
    else { return nil }
    return (tensor, columns)
  }
}
