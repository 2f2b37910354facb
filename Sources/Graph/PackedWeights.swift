internal import CSwiftletFloat

/// A matrix in the order the product kernel reads it. A constant operand is packed once, when an
/// interpreter is made.
struct PackedWeights: Sendable {
  /// Rows a panel of A has, and columns a panel of B.
  static let panelHeight = Int(SWIFTLET_FLOAT_ROWS)
  static let panelWidth = Int(SWIFTLET_FLOAT_COLUMNS)

  private let elements: [Float]
  private let batchSize: Int

  /// How many panels of B hold `n` columns.
  static func panels(_ n: Int) -> Int { (n + panelWidth - 1) / panelWidth }

  /// The elements of A's panels for `m` rows.
  static func rowsSize(m: Int, k: Int) -> Int {
    (m + panelHeight - 1) / panelHeight * panelHeight * k
  }

  /// Panels of A from row-major matrices `[batches][m][k]`.
  static func rows(_ matrices: [Float], batches: Int, m: Int, k: Int) -> PackedWeights {
    let size = rowsSize(m: m, k: k)
    let elements = [Float](unsafeUninitializedCapacity: batches * size) { buffer, count in
      count = batches * size
      matrices.withUnsafeBufferPointer { source in
        guard let from = source.baseAddress, let to = buffer.baseAddress else { return }
        for batch in 0..<batches {
          swiftlet_float_pack_a(to + batch * size, from + batch * m * k, k, 1, m, k)
        }
      }
    }
    return PackedWeights(elements: elements, batchSize: size)
  }

  /// Panels of B from one matrix `[k][n]` of the given strides.
  static func columns(
    _ matrix: [Float], k: Int, n: Int, kStride: Int, columnStride: Int
  ) -> PackedWeights {
    let size = panels(n) * panelWidth * k
    let elements = [Float](unsafeUninitializedCapacity: size) { buffer, count in
      count = size
      matrix.withUnsafeBufferPointer { source in
        guard let from = source.baseAddress, let to = buffer.baseAddress else { return }
        for panel in 0..<panels(n) {
          let first = panel * panelWidth
          swiftlet_float_pack_b(
            to + first * k, from + first * columnStride, kStride, columnStride,
            min(panelWidth, n - first), k)
        }
      }
    }
    return PackedWeights(elements: elements, batchSize: size)
  }

  func withBatch(_ batch: Int, _ body: (UnsafePointer<Float>) -> Void) {
    elements.withUnsafeBufferPointer { buffer in
      if let base = buffer.baseAddress { body(base + batch * batchSize) }
    }
  }
}

extension Operator {
  /// The constant operand that products read packed, or nil where the operator has none.
  func packedWeights(_ constants: [Tensor?]) -> PackedWeights? {
    guard constants.count > 1, let weights = constants[1], let floats = weights.floats,
      weights.count > 0
    else { return nil }
    let shape = weights.shape
    switch self {
    case .conv(let convolution):
      let outputs = shape[0] / convolution.groups
      if convolution.groups > 1, outputs <= ConvolutionJob.directOutputs { return nil }
      return .rows(
        floats, batches: convolution.groups, m: outputs, k: shape[1] * shape[2] * shape[3])
    case .linear, .matMul:
      guard shape.count == 2 else { return nil }
      return .columns(floats, k: shape[0], n: shape[1], kStride: shape[1], columnStride: 1)
    case .gemm(let gemm):
      let (k, n) = gemm.transposesB ? (shape[1], shape[0]) : (shape[0], shape[1])
      return .columns(
        floats, k: k, n: n, kStride: gemm.transposesB ? 1 : n,
        columnStride: gemm.transposesB ? k : 1)
    default: return nil
    }
  }
}
