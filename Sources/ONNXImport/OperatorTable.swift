import SwiftletGraph

/// Which builder imports which ONNX operator. To add one, add a row here and, unless it is like another, a function in
/// `Operators/`.
enum OperatorTable {
  /// The values of a node's outputs, in order; those it leaves out at the end are unsupported.
  typealias Builder = @Sendable (NodeContext) throws(NodeFailure) -> [Binding]

  static let builders: [String: Builder] = [
    // Linear algebra.
    "Conv": conv,
    "Gemm": gemm,
    "MatMul": matMul,
    "Einsum": einsum,
    "Attention": attention,

    // Functions of one element.
    "Abs": unary(.absolute),
    "Ceil": unary(.ceil),
    "Clip": clip,
    "Cos": unary(.cos),
    "Elu": elu,
    "Erf": unary(.erf),
    "Exp": unary(.exp),
    "Floor": unary(.floor),
    "Gelu": gelu,
    "HardSigmoid": hardSigmoid,
    "HardSwish": unary(.hardSwish),
    "LeakyRelu": leakyRelu,
    "Log": unary(.log),
    "Mish": unary(.mish),
    "Neg": unary(.negate),
    "Not": unary(.not),
    "Reciprocal": unary(.reciprocal),
    "Relu": unary(.relu),
    "Round": unary(.round),
    "Sigmoid": unary(.sigmoid),
    "Sign": unary(.sign),
    "Sin": unary(.sin),
    "Softplus": unary(.softplus),
    "Sqrt": unary(.sqrt),
    "Swish": swish,
    "Tanh": unary(.tanh),

    // Functions of several elements.
    "Add": binary(.add),
    "And": binary(.and),
    "Div": binary(.divide),
    "Equal": compare(.equal),
    "Greater": compare(.greater),
    "GreaterOrEqual": compare(.greaterOrEqual),
    "Less": compare(.less),
    "LessOrEqual": compare(.lessOrEqual),
    "Max": variadic(.maximum),
    "Mean": mean,
    "Min": variadic(.minimum),
    "Mod": modulo,
    "Mul": binary(.multiply),
    "Or": binary(.or),
    "PRelu": prelu,
    "Pow": power,
    "Sub": binary(.subtract),
    "Sum": variadic(.add),
    "Where": select,
    "Xor": exclusiveOr,

    // Element types.
    "Cast": cast,
    "CastLike": castLike,

    // Normalisation.
    "BatchNormalization": batchNorm,
    "GroupNormalization": groupNorm,
    "InstanceNormalization": instanceNorm,
    "LayerNormalization": layerNorm,
    "LogSoftmax": logSoftmax,
    "RMSNormalization": rmsNorm,
    "Softmax": softmax,

    // Reduction and pooling.
    "ArgMax": argMax,
    "ArgMin": argMin,
    "AveragePool": averagePool,
    "GlobalAveragePool": globalPool(.mean),
    "GlobalMaxPool": globalPool(.maximum),
    "MaxPool": maxPool,
    "ReduceL1": reduceL1,
    "ReduceL2": reduce(.l2),
    "ReduceLogSum": reduceLogSum,
    "ReduceMax": reduce(.maximum),
    "ReduceMean": reduce(.mean),
    "ReduceMin": reduce(.minimum),
    "ReduceProd": reduce(.product),
    "ReduceSum": reduce(.sum),
    "ReduceSumSquare": reduceSumSquare,

    // Movement.
    "Concat": concat,
    "DepthToSpace": depthToSpace,
    "Expand": expand,
    "Flatten": flatten,
    "Gather": gather,
    "GatherElements": gatherElements,
    "GatherND": gatherND,
    "Pad": pad,
    "Reshape": reshape,
    "ScatterND": scatterND,
    "Slice": slice,
    "SpaceToDepth": spaceToDepth,
    "Split": split,
    "Squeeze": squeeze,
    "Tile": tile,
    "Transpose": transpose,
    "Unsqueeze": unsqueeze,

    // Resampling.
    "Resize": resize,
    "Upsample": upsample,

    // Constants, and what depends on shapes only.
    "Constant": constantValue,
    "ConstantOfShape": constantOfShape,
    "CumSum": cumulativeSum,
    "NonZero": nonZero,
    "Range": range,
    "Shape": shape,
    "Size": size,
    "Trilu": triangle,

    // What vanishes.
    "Dropout": dropout,
    "Identity": identity,

    // Sequences: only while importing.
    "ConcatFromSequence": concatFromSequence,
    "SequenceAt": sequenceAt,
    "SequenceConstruct": sequenceConstruct,
    "SequenceEmpty": sequenceEmpty,
    "SequenceInsert": sequenceInsert,
    "SequenceLength": sequenceLength,
    "SplitToSequence": splitToSequence,
  ]

  static let generalRemedy =
    "replace it in the model's source by supported operators and export again"

  /// What to do about operators that are met often and not supported.
  static let remedies: [String: String] = [
    "ConvTranspose": "use Resize and Conv instead",
    "Loop": "unroll the loop: trace the model with fixed shapes",
    "Scan": "unroll the scan: trace the model with fixed shapes",
    "LSTM": "recurrent layers are not supported: use a convolutional or attention model",
    "GRU": "recurrent layers are not supported: use a convolutional or attention model",
    "RNN": "recurrent layers are not supported: use a convolutional or attention model",
    "QuantizeLinear": "convert the float model that this one was quantized from",
    "DequantizeLinear": "convert the float model that this one was quantized from",
    "DynamicQuantizeLinear": "convert the float model that this one was quantized from",
    "QLinearConv": "convert the float model that this one was quantized from",
    "QLinearMatMul": "convert the float model that this one was quantized from",
    "ConvInteger": "convert the float model that this one was quantized from",
    "MatMulInteger": "convert the float model that this one was quantized from",
    "TopK": "end the model at its logits",
    "NonMaxSuppression": "end the model before its post-processing",
  ]
}

extension NodeContext {
  /// The outputs of `op`, as a builder returns them.
  func results(_ op: Operator, _ inputs: Graph.ValueID?...) throws(NodeFailure) -> [Binding] {
    try emitAll(op, inputs).map(Binding.value)
  }
}
