/// An operator that only moves elements: every element of its outputs is one of an operand's, or
/// padding.
protocol Movement: OperatorBody {
  /// Whether operand 1 is constant indices, which do not move but say what does.
  var takesIndices: Bool { get }

  /// What an element holds that is no operand's.
  var padding: Float { get }

  /// The shapes of its outputs, whose elements are of operand 0's type.
  func shapes(_ operands: Operands) throws(GraphError) -> [[Int]]

  func plan(_ operands: MovementOperands) throws(GraphError) -> MovementPlan
}

extension Movement {
  var takesIndices: Bool { false }
  var padding: Float { 0 }

  func infer(_ operands: Operands) throws(GraphError) -> [ValueInfo] {
    let shapes = try shapes(operands)
    let type = try operands[0].elementType
    return shapes.map { ValueInfo(shape: $0, elementType: type) }
  }

  func evaluate(_ run: Evaluation) throws(GraphError) -> [Tensor.Storage] {
    var moving = run.inputs.compactMap { $0 }
    let indices = takesIndices ? moving.remove(at: 1) : nil
    let plan = try plan(
      MovementOperands(
        shapes: moving.map(\.shape), indices: indices, outputs: run.outputs, body: self))
    switch run.outputs[0].elementType {
    case .float:
      var results = run.outputs.map { output in
        plan.hasPadding
          ? run.workspace.filled(output.count) {
            $0.update(repeating: padding, count: output.count)
          } : run.workspace.floats(output.count)
      }
      plan.move(moving.compactMap(\.floats), to: &results)
      return results.map { .float($0) }
    case .int:
      let sources = moving.map { if case .int(let x) = $0.storage { x } else { [Int64]() } }
      let fill = Int64(exactly: padding.rounded()) ?? 0
      return plan.moved(sources, padding: fill).map { .int($0) }
    case .bool:
      let sources = moving.map { if case .bool(let x) = $0.storage { x } else { [Bool]() } }
      return plan.moved(sources, padding: padding != 0).map { .bool($0) }
    }
  }
}

/// What a movement's plan is made from, and the plans that several are made of. The shapes have
/// passed inference.
struct MovementOperands {
  /// Of the operands that move, in order.
  let shapes: [[Int]]
  let indices: [Int]
  let indexShape: [Int]
  let outputs: [[Int]]
  private let body: any OperatorBody

  init(shapes: [[Int]], indices: Tensor?, outputs: [ValueInfo], body: any OperatorBody) {
    self.shapes = shapes
    self.indices = indices?.integers ?? []
    indexShape = indices?.shape ?? []
    self.outputs = outputs.map(\.shape)
    self.body = body
  }

  var x: [Int] { shapes[0] }
  var output: [Int] { outputs[0] }

  /// One block that fills the only output in order.
  func whole(counts: [Int], from strides: [Int], offset: Int = 0) -> MovementPlan {
    let block = MovementPlan.Block(
      source: 0, destination: 0, sourceOffset: offset, counts: counts, sourceStrides: strides,
      destinationStrides: Shapes.strides(counts))
    return MovementPlan(outputShapes: outputs, steps: [.block(block)])
  }

  /// The operand, read as if of another shape, with its axes in another order.
  func permuted(_ shape: [Int], _ order: [Int]) -> MovementPlan {
    let strides = Shapes.strides(shape)
    return whole(counts: order.map { shape[$0] }, from: order.map { strides[$0] })
  }

  /// Runs read from the given places and laid one after the other.
  func runs(_ offsets: [Int], length: Int) -> MovementPlan {
    let runs = MovementPlan.Runs(
      source: 0, sourceOffsets: offsets,
      destinationOffsets: offsets.indices.map { $0 * length }, length: length)
    return MovementPlan(outputShapes: outputs, steps: [.runs(runs)])
  }

  /// An index counted from the end where it is negative.
  func resolved(_ index: Int, size: Int) throws(GraphError) -> Int {
    guard (-size..<max(size, 0)).contains(index) else {
      throw GraphError("\(body.text) of \(x): index \(index) is outside -\(size)..<\(size)")
    }
    return index < 0 ? index + size : index
  }
}
