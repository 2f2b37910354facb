extension Operands {
  func linearAlgebra() throws(GraphError) -> ValueInfo {
    try expectFloat()
    for case let info? in infos {
      try expect(!info.shape.contains(0), "operands that are not empty")
    }
    switch op {
    case .conv(let convolution): return try conv(convolution)
    case .matMul: return ValueInfo(shape: try product(try self[0].shape, try self[1].shape))
    case .linear:
      let (x, weights) = (try self[0].shape, try self[1].shape)
      try expect(
        x.count >= 1 && weights.count == 2 && x.last == weights.first,
        "x [..., K] and weights [K, N]")
      try expectVector(2, weights[1], "a bias")
      return ValueInfo(shape: x.dropLast() + [weights[1]])
    case .gemm(let gemm): return try self.gemm(gemm)
    case .einsum(let equation): return try einsum(equation)
    case .attention: return try attention()
    default: preconditionFailure("not linear algebra: \(op)")
    }
  }

  private func conv(_ convolution: Convolution) throws(GraphError) -> ValueInfo {
    let (x, weights) = (try self[0].shape, try self[1].shape)
    let groups = convolution.groups
    try expect(
      x.count == 4 && weights.count == 4, "x [N, C, H, W] and weights [M, C / groups, kH, kW]")
    try expect(
      groups > 0 && x[1] % groups == 0 && weights[0] % groups == 0,
      "channels and outputs divisible by \(groups) groups")
    try expect(weights[1] == x[1] / groups, "weights with C / groups = \(x[1] / groups) channels")
    try expect(
      Array(weights[2...]) == convolution.window.kernel,
      "weights of the kernel's size \(convolution.window.kernel)")
    try expectVector(2, weights[0], "a bias")
    let spatial = try windowed(Array(x[2...]), convolution.window)
    return ValueInfo(shape: [x[0], weights[0]] + spatial)
  }

  /// `[H, W]` after a window has moved over it.
  func windowed(_ size: [Int], _ window: Pooling) throws(GraphError) -> [Int] {
    let limit = 1 << 24
    let fits: (Int) -> Bool = { $0 > 0 && $0 < limit }
    try expect(
      window.kernel.count == 2 && window.strides.count == 2 && window.dilations.count == 2
        && window.pads.count == 4, "two kernel sizes, strides and dilations, and four pads")
    try expect(
      (window.kernel + window.strides + window.dilations).allSatisfy(fits)
        && window.pads.allSatisfy { $0 >= 0 && $0 < limit } && size.allSatisfy { $0 < limit },
      "positive kernel sizes, strides and dilations, and pads that are not negative")
    var output: [Int] = []
    for axis in 0..<2 {
      let padded = size[axis] + window.pads[axis] + window.pads[axis + 2]
      let extent = (window.kernel[axis] - 1) * window.dilations[axis] + 1
      try expect(padded >= extent, "a padded map of at least \(extent), not \(padded)")
      output.append((padded - extent) / window.strides[axis] + 1)
    }
    return output
  }

  func pooling(_ window: Pooling) throws(GraphError) -> ValueInfo {
    try expectFloat()
    let x = try self[0].shape
    try expect(x.count == 4, "x [N, C, H, W]")
    return ValueInfo(shape: [x[0], x[1]] + (try windowed(Array(x[2...]), window)))
  }

  /// The shape of `a b`, where a vector stands for one row on the left and one column on the right.
  private func product(_ a: [Int], _ b: [Int]) throws(GraphError) -> [Int] {
    try expect(!a.isEmpty && !b.isEmpty, "operands of rank 1 or more")
    let left = a.count == 1 ? [1] + a : a
    let right = b.count == 1 ? b + [1] : b
    try expect(left.last == right[right.count - 2], "a [..., M, K] and b [..., K, N]")
    var shape = try broadcast(left.dropLast(2), right.dropLast(2))
    if a.count > 1 { shape.append(left[left.count - 2]) }
    if b.count > 1 { shape.append(right[right.count - 1]) }
    return shape
  }

  private func gemm(_ gemm: Gemm) throws(GraphError) -> ValueInfo {
    let (a, b) = (try self[0].shape, try self[1].shape)
    try expect(a.count == 2 && b.count == 2, "two matrices")
    let (rows, inner) = gemm.transposesA ? (a[1], a[0]) : (a[0], a[1])
    let (depth, columns) = gemm.transposesB ? (b[1], b[0]) : (b[0], b[1])
    try expect(inner == depth, "equal inner dimensions, not \(inner) and \(depth)")
    if let c = optional(2)?.shape {
      try expect(
        Shapes.broadcast(c, [rows, columns]) == [rows, columns],
        "c that broadcasts to [\(rows), \(columns)]")
    }
    return ValueInfo(shape: [rows, columns])
  }

  private func attention() throws(GraphError) -> ValueInfo {
    let (query, key, value) = (try self[0].shape, try self[1].shape, try self[2].shape)
    try expect(
      query.count >= 2 && key.count >= 2 && value.count >= 2 && query.last == key.last
        && key[key.count - 2] == value[value.count - 2],
      "query [..., N, d], key [..., M, d], value [..., M, e]")
    let lead = try broadcast(try broadcast(query.dropLast(2), key.dropLast(2)), value.dropLast(2))
    let rows = query[query.count - 2]
    if let bias = optional(3)?.shape {
      let logits = lead + [rows, key[key.count - 2]]
      try expect(
        Shapes.broadcast(bias, logits) == logits, "a bias that broadcasts to \(logits)")
    }
    return ValueInfo(shape: lead + [rows, value[value.count - 1]])
  }

  private func einsum(_ equation: String) throws(GraphError) -> ValueInfo {
    guard let parsed = EinsumEquation(equation), parsed.terms.count == infos.count else {
      throw error("an equation of letters with an arrow and \(infos.count) terms")
    }
    var shapes: [[Int]] = []
    for index in infos.indices { shapes.append(try self[index].shape) }
    guard let sizes = parsed.sizes(shapes) else { throw error("shapes that fit the equation") }
    return ValueInfo(shape: parsed.output.map { sizes[$0, default: 1] })
  }

  func elementwise() throws(GraphError) -> ValueInfo {
    switch op {
    case .unary(let unary):
      let x = try self[0]
      try expect(
        unary.accepts(x.elementType), "an element type that the function takes")
      return x
    case .binary(let binary):
      let (a, b) = (try self[0], try self[1])
      try expect(a.elementType == b.elementType, "operands of one element type")
      let logical = binary == .and || binary == .or
      try expect((a.elementType == .bool) == logical, logical ? "booleans" : "numbers")
      return ValueInfo(shape: try broadcast(a.shape, b.shape), elementType: a.elementType)
    case .compare(let comparison):
      let (a, b) = (try self[0], try self[1])
      try expect(a.elementType == b.elementType, "operands of one element type")
      try expect(a.elementType != .bool || comparison == .equal, "numbers")
      return ValueInfo(shape: try broadcast(a.shape, b.shape), elementType: .bool)
    case .select:
      let (condition, a, b) = (try self[0], try self[1], try self[2])
      try expect(condition.elementType == .bool, "a boolean condition")
      try expect(a.elementType == b.elementType, "branches of one element type")
      let shape = try broadcast(condition.shape, try broadcast(a.shape, b.shape))
      return ValueInfo(shape: shape, elementType: a.elementType)
    case .cast(let type):
      return ValueInfo(shape: try self[0].shape, elementType: type)
    default: preconditionFailure("not element-wise: \(op)")
    }
  }

  func normalization() throws(GraphError) -> [ValueInfo] {
    try expectFloat()
    let x = try self[0].shape
    switch op {
    case .softmax(let axis):
      try expectAxis(axis, rank: x.count)
    case .layerNorm(let axis, _):
      try expectAxis(axis, rank: x.count)
      let normalized = Array(x[axis...])
      for index in 1..<infos.count {
        guard let shape = optional(index)?.shape else { continue }
        try expect(
          Shapes.broadcast(shape, normalized) == normalized,
          "a scale and bias that broadcast to \(normalized)")
      }
    case .batchNorm(_, let training):
      try expect(x.count >= 2, "x [N, C, ...]")
      for index in 1..<5 { try expectVector(index, x[1], "scale, bias, mean and variance") }
      if training { return [ValueInfo(shape: x), try self[3], try self[4]] }
    case .instanceNorm, .groupNorm:
      try expect(x.count >= 2, "x [N, C, ...]")
      if case .groupNorm(let groups, _) = op {
        try expect(groups > 0 && x[1] % groups == 0, "channels divisible by \(groups) groups")
      }
      for index in 1..<3 { try expectVector(index, x[1], "scale and bias") }
    default: preconditionFailure("not a normalization: \(op)")
    }
    return [ValueInfo(shape: x)]
  }

  func reduction() throws(GraphError) -> ValueInfo {
    let x = try self[0]
    try expect(x.elementType != .bool, "numbers")
    let (axes, keeps, type): ([Int], Bool, ElementType)
    switch op {
    case .reduce(let reduction, let reduced, let keepDimensions):
      (axes, keeps, type) = (reduced, keepDimensions, x.elementType)
      try expect(reduction != .l2 || type == .float, "floats")
    case .argMax(let axis, let keepDimensions):
      (axes, keeps, type) = ([axis], keepDimensions, .int)
    default: preconditionFailure("not a reduction: \(op)")
    }
    for axis in axes { try expectAxis(axis, rank: x.shape.count) }
    try expect(Set(axes).count == axes.count, "each axis once")
    var shape: [Int] = []
    for (axis, dimension) in x.shape.enumerated() {
      if !axes.contains(axis) {
        shape.append(dimension)
      } else {
        try expect(dimension > 0, "reduced axes that are not empty")
        if keeps { shape.append(1) }
      }
    }
    return ValueInfo(shape: shape, elementType: type)
  }

  func resampling(_ resize: Resize) throws(GraphError) -> ValueInfo {
    try expectFloat()
    let x = try self[0].shape
    try expect(
      resize.axes.map(\.input) == x && zip(resize.shape, x).allSatisfy { $0 > 0 && $1 > 0 },
      "axes of the operand's shape, none of them empty")
    return ValueInfo(shape: resize.shape)
  }

  func triangle() throws(GraphError) -> ValueInfo {
    try expect(try self[0].shape.count >= 2, "rank 2 or more")
    if let offset = optional(1) {
      try expect(offset.elementType == .int && offset.count == 1, "an integer offset")
    }
    return try self[0]
  }
}
