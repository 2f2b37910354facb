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

/// Geometry of a two-dimensional window over `[H, W]`.
package struct Pooling: Sendable, Equatable {
  package var kernel: [Int]
  package var strides: [Int]
  package var dilations: [Int]
  /// top, left, bottom, right
  package var pads: [Int]

  package init(kernel: [Int], strides: [Int], dilations: [Int], pads: [Int]) {
    self.kernel = kernel
    self.strides = strides
    self.dilations = dilations
    self.pads = pads
  }
}

package struct Convolution: Sendable, Equatable {
  package var window: Pooling
  package var groups: Int

  package init(window: Pooling, groups: Int) {
    self.window = window
    self.groups = groups
  }
}

package struct Gemm: Sendable, Equatable {
  package var alpha: Float
  package var beta: Float
  package var transposesA: Bool
  package var transposesB: Bool

  package init(alpha: Float, beta: Float, transposesA: Bool, transposesB: Bool) {
    self.alpha = alpha
    self.beta = beta
    self.transposesA = transposesA
    self.transposesB = transposesB
  }
}

/// A function of one element. Whatever is here becomes a look-up table on the device.
package enum Unary: Sendable, Equatable {
  case relu, sigmoid, tanh, erf, exp, log, sqrt, reciprocal, absolute, negate, floor, ceil, round,
    sign
  case sin, cos, softplus, not
  case gelu, geluTanh, silu, hardSwish, mish
  case hardSigmoid(alpha: Float, beta: Float)
  case leakyRelu(slope: Float)
  case elu(alpha: Float)
  case clip(low: Float, high: Float)
  case composed(ScalarFunction)
}

package enum Binary: Sendable, Equatable {
  case add, subtract, multiply, divide, power, modulo, minimum, maximum, and, or
}

package enum Comparison: Sendable, Equatable {
  case equal, less, lessOrEqual, greater, greaterOrEqual
}

package enum Reduction: Sendable, Equatable {
  case mean, sum, maximum, minimum, product, l2
}

package enum PadMode: Sendable, Equatable {
  case constant, reflect, edge
}
