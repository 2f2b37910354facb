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
    return PackedWeights(matrices, batches: batches, batchSize: size) { to, from in
      for batch in 0..<batches {
        swiftlet_float_pack_a(to + batch * size, from + batch * m * k, k, 1, m, k)
      }
    }
  }

  /// All panels of a product's B.
  static func columns(_ matrix: [Float], _ shape: ProductShape) -> PackedWeights {
    let size = panels(shape.n) * panelWidth * shape.k
    return PackedWeights(matrix, batches: 1, batchSize: size) { to, from in
      for first in stride(from: 0, to: shape.n, by: panelWidth) {
        shape.packB(from, first: first, to + first * shape.k)
      }
    }
  }

  private init(
    _ source: [Float], batches: Int, batchSize: Int,
    _ pack: (UnsafeMutablePointer<Float>, UnsafePointer<Float>) -> Void
  ) {
    self.batchSize = batchSize
    elements = [Float](unsafeUninitializedCapacity: batches * batchSize) { buffer, count in
      count = batches * batchSize
      source.withUnsafeBufferPointer { source in
        if let to = buffer.baseAddress, let from = source.baseAddress { pack(to, from) }
      }
    }
  }

  func withBatch(_ batch: Int, _ body: (UnsafePointer<Float>) -> Void) {
    elements.withUnsafeBufferPointer { buffer in
      if let base = buffer.baseAddress { body(base + batch * batchSize) }
    }
  }
}
