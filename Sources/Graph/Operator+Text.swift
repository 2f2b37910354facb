extension Operator: CustomStringConvertible {
  /// The operator's name alone: `conv`, `add`, `gelu`.
  package var name: String {
    switch self {
    case .unary(let unary): unary.name
    case .binary(let binary): "\(binary)"
    case .compare(let comparison): "\(comparison)"
    case .reduce(let reduction, _, _): reduction.name
    case .conv: "conv"
    case .matMul: "matMul"
    case .linear: "linear"
    case .gemm: "gemm"
    case .einsum: "einsum"
    case .attention: "attention"
    case .select: "select"
    case .cast: "cast"
    case .batchNorm: "batchNorm"
    case .layerNorm: "layerNorm"
    case .instanceNorm: "instanceNorm"
    case .groupNorm: "groupNorm"
    case .softmax: "softmax"
    case .averagePool: "averagePool"
    case .maxPool: "maxPool"
    case .reshape: "reshape"
    case .transpose: "transpose"
    case .slice: "slice"
    case .split: "split"
    case .concat: "concat"
    case .pad: "pad"
    case .gather: "gather"
    case .gatherElements: "gatherElements"
    case .gatherND: "gatherND"
    case .scatterND: "scatterND"
    case .expand: "expand"
    case .tile: "tile"
    case .depthToSpace: "depthToSpace"
    case .spaceToDepth: "spaceToDepth"
    case .resize: "resize"
    case .range: "range"
    case .cumulativeSum: "cumulativeSum"
    case .triangle: "triangle"
    case .nonZero: "nonZero"
    case .argMax: "argMax"
    }
  }

  /// The name and the attributes that differ from the ordinary: `conv(kernel 3x3, stride 2, pads
  /// 1)`.
  package var description: String {
    let attributes = attributes
    return attributes.isEmpty ? name : "\(name)(\(attributes.joined(separator: ", ")))"
  }

  private var attributes: [String] {
    switch self {
    case .conv(let convolution):
      convolution.window.attributes
        + (convolution.groups == 1 ? [] : ["groups \(convolution.groups)"])
    case .gemm(let gemm): gemm.attributes
    case .einsum(let equation): [equation]
    case .attention(let scale): ["scale \(scale)"]
    case .unary(let unary): unary.attributes
    case .cast(let type): ["\(type)"]
    case .batchNorm(let epsilon, let training):
      ["epsilon \(epsilon)"] + (training ? ["training"] : [])
    case .layerNorm(let axis, let epsilon): ["axis \(axis)", "epsilon \(epsilon)"]
    case .instanceNorm(let epsilon): ["epsilon \(epsilon)"]
    case .groupNorm(let groups, let epsilon): ["groups \(groups)", "epsilon \(epsilon)"]
    case .softmax(let axis), .concat(let axis), .gather(let axis), .gatherElements(let axis):
      ["axis \(axis)"]
    case .reduce(_, let axes, let keeps): ["axes \(axes)"] + (keeps ? ["keep"] : [])
    case .argMax(let axis, let keeps): ["axis \(axis)"] + (keeps ? ["keep"] : [])
    case .averagePool(let window, let countsPadding):
      window.attributes + (countsPadding && window.pads != [0, 0, 0, 0] ? ["counts padding"] : [])
    case .maxPool(let window): window.attributes
    case .reshape(let shape), .expand(let shape): ["\(shape)"]
    case .transpose(let permutation): ["\(permutation)"]
    case .slice(let starts, let steps, let counts):
      ["starts \(starts)"] + (steps.allSatisfy { $0 == 1 } ? [] : ["steps \(steps)"])
        + ["counts \(counts)"]
    case .split(let axis, let sizes): ["axis \(axis)", "sizes \(sizes)"]
    case .pad(let pads, let mode, let value):
      ["pads \(pads)"] + (mode == .constant ? ["value \(value)"] : ["\(mode)"])
    case .gatherND(let batch): batch == 0 ? [] : ["batch \(batch)"]
    case .tile(let repeats): ["\(repeats)"]
    case .depthToSpace(let block, let columnRowDepth):
      ["block \(block)"] + (columnRowDepth ? ["crd"] : [])
    case .spaceToDepth(let block): ["block \(block)"]
    case .resize(let resize): ["\(resize.shape)", "\(resize.mode)", "\(resize.coordinates)"]
    case .cumulativeSum(let exclusive, let reverse):
      (exclusive ? ["exclusive"] : []) + (reverse ? ["reverse"] : [])
    case .triangle(let upper): [upper ? "upper" : "lower"]
    case .matMul, .linear, .binary, .compare, .select, .scatterND, .range, .nonZero: []
    }
  }
}

extension Reduction {
  fileprivate var name: String {
    switch self {
    case .mean: "reduceMean"
    case .sum: "reduceSum"
    case .maximum: "reduceMaximum"
    case .minimum: "reduceMinimum"
    case .product: "reduceProduct"
    case .l2: "reduceL2"
    }
  }
}

extension Gemm {
  fileprivate var attributes: [String] {
    (alpha == 1 ? [] : ["alpha \(alpha)"]) + (beta == 1 ? [] : ["beta \(beta)"])
      + (transposesA ? ["transposes a"] : []) + (transposesB ? ["transposes b"] : [])
  }
}

extension Pooling {
  fileprivate var attributes: [String] {
    func pair(_ values: [Int]) -> String {
      Set(values).count == 1 ? "\(values[0])" : values.map(String.init).joined(separator: "x")
    }
    var attributes = ["kernel \(kernel.map(String.init).joined(separator: "x"))"]
    if strides != [1, 1] { attributes.append("stride \(pair(strides))") }
    if dilations != [1, 1] { attributes.append("dilation \(pair(dilations))") }
    if pads.contains(where: { $0 != 0 }) {
      attributes.append("pads \(Set(pads).count == 1 ? "\(pads[0])" : "\(pads)")")
    }
    return attributes
  }
}

extension Unary {
  package var name: String {
    Mirror(reflecting: self).children.first?.label ?? "\(self)"
  }

  fileprivate var attributes: [String] {
    switch self {
    case .hardSigmoid(let alpha, let beta): ["alpha \(alpha)", "beta \(beta)"]
    case .leakyRelu(let slope): ["slope \(slope)"]
    case .elu(let alpha): ["alpha \(alpha)"]
    case .clip(let low, let high): ["\(low), \(high)"]
    case .composed(let function): ["\(function)"]
    default: []
    }
  }
}
