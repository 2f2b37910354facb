internal import CSwiftletFloat

struct Softmax: FloatOperator {
  let axis: Int

  var attributes: [String] { ["axis \(axis)"] }

  func outputShape(_ operands: Operands) throws(GraphError) -> [Int] {
    let x = try operands[0].shape
    try operands.expectAxis(axis, rank: x.count)
    return x
  }

  func values(_ run: Evaluation) throws(GraphError) -> [Float] {
    let shape = run.shape(0)
    let last = shape.count - 1
    if axis != last {
      var order = Array(shape.indices)
      order.swapAt(axis, last)
      let swap = Operator.transpose(permutation: order)
      let rows = try run.apply(.softmax(axis: last), try run.apply(swap, run.tensor(0)))
      return try run.apply(swap, rows).floats ?? []
    }
    let kernels = run.kernels
    return run.mapRows(of: shape[axis]) { kernels.softmax($0, $1, $2, shape[axis]) }
  }
}
