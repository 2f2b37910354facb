/// What a node computes. The set is closed: import translates every ONNX operator into one of these
/// or reports it.
///
/// Semantics are those of the ONNX operator of the same name, with every attribute resolved and
/// every shape operand (axes, pads, a target shape) turned into a stored property; layouts are
/// ONNX's (`[N, C, H, W]`).
package enum Operator: Sendable, Equatable {
  // Linear algebra.
  /// Inputs: x `[N, C, H, W]`, weights `[M, C / groups, kH, kW]`, optional bias `[M]`.
  case conv(Convolution)
  /// Inputs: a `[..., M, K]`, b `[..., K, N]`, broadcast over the leading axes.
  case matMul
  /// Inputs: x `[..., K]`, weights `[K, N]`, optional bias `[N]`: what MatMul + Add and Gemm
  /// become.
  case linear
  /// Inputs: a, b, optional c: `alpha * a' b' + beta * c`.
  case gemm(Gemm)
  /// Inputs: as many as the equation names. Folded or lowered; explicit output form.
  case einsum(equation: String)
  /// Inputs: query `[..., N, d]`, key `[..., M, d]`, value `[..., M, e]`, optional bias broadcast
  /// to `[..., N, M]`: `softmax(query keyT * scale + bias) value`.
  case attention(scale: Float)

  // Element-wise.
  case unary(Unary)
  /// Inputs: a, b, broadcast, of one element type.
  case binary(Binary)
  /// Inputs: a, b, broadcast, of one element type. Yields booleans.
  case compare(Comparison)
  /// Inputs: condition, a, b, broadcast.
  case select
  case cast(ElementType)

  // Normalisation.
  /// Inputs: x, scale, bias, mean, variance (each `[C]`). `training` takes the moments from x and
  /// yields y, the batch's mean and its variance; a node may declare y alone.
  case batchNorm(epsilon: Float, training: Bool)
  /// Inputs: x, scale, optional bias, over the axes from `axis` to the last.
  case layerNorm(axis: Int, epsilon: Float)
  /// Inputs: x `[N, C, ...]`, scale `[C]`, bias `[C]`.
  case instanceNorm(epsilon: Float)
  /// Inputs: x `[N, C, ...]`, scale `[C]`, bias `[C]`.
  case groupNorm(groups: Int, epsilon: Float)
  case softmax(axis: Int)

  // Reduction and pooling.
  case reduce(Reduction, axes: [Int], keepDimensions: Bool)
  case averagePool(Pooling, countsPadding: Bool)
  case maxPool(Pooling)

  // Movement: elements keep their values. Axes are counted from 0, here as everywhere; starts and
  // counts cover every axis.
  case reshape(shape: [Int])
  case transpose(permutation: [Int])
  case slice(starts: [Int], steps: [Int], counts: [Int])
  case split(axis: Int, sizes: [Int])
  case concat(axis: Int)
  /// `pads` holds all begins, then all ends; a negative one crops.
  case pad(pads: [Int], mode: PadMode, value: Float)
  /// Inputs: x, indices (constant).
  case gather(axis: Int)
  case gatherElements(axis: Int)
  case gatherND(batchDimensions: Int)
  /// Inputs: x, indices (constant), updates.
  case scatterND
  case expand(shape: [Int])
  case tile(repeats: [Int])
  case depthToSpace(blockSize: Int, columnRowDepth: Bool)
  case spaceToDepth(blockSize: Int)

  // Resampling.
  case resize(Resize)

  // Only ever folded.
  /// Inputs: start, limit, step, scalars of one type.
  case range
  /// Inputs: x, axis (an integer scalar).
  case cumulativeSum(exclusive: Bool, reverse: Bool)
  /// Inputs: x, optional diagonal (an integer scalar).
  case triangle(upper: Bool)
  case nonZero
  case argMax(axis: Int, keepDimensions: Bool)
}

extension Operator: CustomStringConvertible {
  /// What it says of itself.
  var body: any OperatorBody {
    switch self {
    case .conv(let it): it
    case .matMul: MatMul()
    case .linear: Linear()
    case .gemm(let it): it
    case .einsum(let equation): Einsum(equation: equation)
    case .attention(let scale): Attention(scale: scale)
    case .unary(let it): it
    case .binary(let it): it
    case .compare(let it): it
    case .select: Select()
    case .cast(let type): Cast(type: type)
    case .batchNorm(let epsilon, let training): BatchNorm(epsilon: epsilon, training: training)
    case .layerNorm(let axis, let epsilon): LayerNorm(axis: axis, epsilon: epsilon)
    case .instanceNorm(let epsilon): GroupNorm(groups: nil, epsilon: epsilon)
    case .groupNorm(let groups, let epsilon): GroupNorm(groups: groups, epsilon: epsilon)
    case .softmax(let axis): Softmax(axis: axis)
    case .reduce(let it, let axes, let keeps):
      Reduce(reduction: it, axes: axes, keepDimensions: keeps)
    case .averagePool(let window, let counts): AveragePool(window: window, countsPadding: counts)
    case .maxPool(let window): MaxPool(window: window)
    case .reshape(let shape): Reshape(shape: shape)
    case .transpose(let permutation): Transpose(permutation: permutation)
    case .slice(let starts, let steps, let counts):
      Slice(starts: starts, steps: steps, counts: counts)
    case .split(let axis, let sizes): Split(axis: axis, sizes: sizes)
    case .concat(let axis): Concat(axis: axis)
    case .pad(let pads, let mode, let value): Pad(pads: pads, mode: mode, value: value)
    case .gather(let axis): Gather(axis: axis)
    case .gatherElements(let axis): GatherElements(axis: axis)
    case .gatherND(let batch): GatherND(batchDimensions: batch)
    case .scatterND: ScatterND()
    case .expand(let shape): Expand(shape: shape)
    case .tile(let repeats): Tile(repeats: repeats)
    case .depthToSpace(let block, let crd): DepthToSpace(block: block, columnRowDepth: crd)
    case .spaceToDepth(let block): SpaceToDepth(block: block)
    case .resize(let it): it
    case .range: Arange()
    case .cumulativeSum(let exclusive, let reverse):
      CumulativeSum(exclusive: exclusive, reverse: reverse)
    case .triangle(let upper): Triangle(upper: upper)
    case .nonZero: NonZero()
    case .argMax(let axis, let keeps): ArgMax(axis: axis, keepDimensions: keeps)
    }
  }

  /// The operator's name alone: `conv`, `add`, `gelu`.
  package var name: String { body.name }

  /// The name and the attributes that differ from the ordinary: `conv(kernel 3x3, stride 2, pads 1)`.
  package var description: String { body.text }

  /// The shapes and element types this operator yields for operands of the given ones.
  ///
  /// A missing optional operand is nil. What depends on the values of its operands (`range`,
  /// `nonZero`) has no static shape and is an error: such a node must be folded by `evaluate`.
  package func inferOutputs(_ inputs: [ValueInfo?]) throws(GraphError) -> [ValueInfo] {
    try Operands(body: body, infos: inputs).inferOutputs()
  }

  /// Computes the operator: constant folding and the interpreter both run this.
  ///
  /// The outputs have the shapes of `inferOutputs`, where that is defined. Results do not depend on
  /// the instruction set or on the workspace's number of threads.
  package func evaluate(
    _ inputs: [Tensor?], in workspace: Workspace = Workspace()
  ) throws(GraphError) -> [Tensor] {
    try evaluate(inputs, packed: nil, in: workspace)
  }

  func evaluate(
    _ inputs: [Tensor?], packed: PackedWeights?, in workspace: Workspace
  ) throws(GraphError) -> [Tensor] {
    let body = body
    let infos = inputs.map { $0.map { ValueInfo($0) } }
    let operands = Operands(body: body, infos: infos, tensors: inputs)
    let outputs = try operands.inferOutputs()
    let run = Evaluation(
      operands: operands, inputs: inputs, outputs: outputs, packed: packed, workspace: workspace)
    return zip(outputs, try body.evaluate(run)).map { Tensor(shape: $0.shape, $1) }
  }

  /// The constant operand that products read packed, or nil where the operator has none.
  func packedWeights(_ constants: [Tensor?]) -> PackedWeights? {
    guard constants.count > 1, let weights = constants[1], let floats = weights.floats,
      weights.count > 0
    else { return nil }
    return body.packed(floats, weights.shape)
  }

  /// Whether the operator only moves elements: every element of its outputs is one of an operand's,
  /// or padding.
  package var isMovement: Bool { body is any Movement }

  /// Pushes elements of any type through a movement operator: floats, or a converter's element ids.
  ///
  /// `sources` are the operands that move, in order (x; or x and updates for `scatterND`);
  /// `indices` is the index operand of the gathers and of `scatterND`; `padding` is what a constant
  /// pad writes.
  package func move<Element: BitwiseCopyable>(
    _ sources: [(shape: [Int], elements: [Element])], indices: Tensor? = nil, padding: Element
  ) throws(GraphError) -> [[Element]] {
    guard let movement = body as? any Movement else {
      throw GraphError("\(self): moves no elements")
    }
    var infos = sources.map { ValueInfo(shape: $0.shape) as ValueInfo? }
    if let indices, !infos.isEmpty { infos.insert(ValueInfo(indices), at: 1) }
    let plan = try movement.plan(
      MovementOperands(
        shapes: sources.map(\.shape), indices: indices, outputs: try inferOutputs(infos),
        body: movement))
    for (shape, elements) in sources where Shapes.count(shape) != elements.count {
      throw GraphError("\(self): \(elements.count) elements do not fill the shape \(shape)")
    }
    return plan.moved(sources.map(\.elements), padding: padding)
  }
}
