/// The layout of packed weights: int8 `[outputs / 16][depth / 4][16][4]`, with `runs` runs of `run` values, each padded to
/// a multiple of 4, along the depth.
struct WeightPanels {
  var outputs: Int
  var runs: Int
  var run: Int
  var depth: Int

  /// Bytes of one panel.
  var panelSize: Int { 16 * depth }
  var panels: Int { padded(outputs, to: 16) / 16 }

  /// The blocks of four depths that hold padding, each with the first of the four that does.
  var padding: [(block: Int, first: Int)] {
    let blocks = padded(run, to: 4) / 4
    var result: [(block: Int, first: Int)] = []
    if run % 4 != 0 { result = (1...runs).map { ($0 * blocks - 1, run % 4) } }
    return result + (runs * blocks..<depth / 4).map { ($0, 0) }
  }
}

extension ProgramValidator {
  /// The sum of each output's weights' magnitudes, the padding's outputs included, after checking that all are within
  /// -127...127 and that the padding is zero.
  func magnitudes(
    _ name: DataName, _ layout: WeightPanels
  ) throws(ModelFileError) -> [Int] {
    try check(layout.depth, in: 4...1 << 24, "the depth")
    let weights = try elements(
      name, Int8.self, .int8, layout.panels * layout.panelSize, "weights")
    let padding = layout.padding
    var sums: [Int] = []
    sums.reserveCapacity(16 * layout.panels)
    for panel in 0..<layout.panels {
      let bytes = UnsafeRawBufferPointer(
        rebasing: UnsafeRawBufferPointer(weights)[
          panel * layout.panelSize..<(panel + 1) * layout.panelSize])
      let (sum, isSymmetric) = Self.magnitudes(bytes)
      try check(isSymmetric, "a weight of outputs \(16 * panel)... is -128, expected -127...127")
      for (block, first) in padding {
        for lane in 0..<16 {
          let word = bytes.loadUnaligned(fromByteOffset: 64 * block + 4 * lane, as: UInt32.self)
          try check(
            word >> UInt32(8 * first) == 0,
            "a weight of output \(16 * panel + lane) at depth \(4 * block + first)... is padding, expected 0"
          )
        }
      }
      for lane in 0..<16 { sums.append(Int(sum[lane])) }
    }
    for (output, sum) in sums.enumerated().dropFirst(layout.outputs) {
      try check(sum == 0, "a weight of output \(output) is padding, expected 0")
    }
    return sums
  }

  /// By output of one panel, the sum of the weights' magnitudes; and whether no weight is -128.
  private static func magnitudes(
    _ panel: UnsafeRawBufferPointer
  ) -> (sum: SIMD16<Int32>, isSymmetric: Bool) {
    var sum = SIMD16<Int32>(repeating: 0)
    // Negative where a weight was -128.
    var below = SIMD16<Int32>(repeating: 0)
    /// The weights are the highest byte of each word.
    @inline(__always) func add(_ words: SIMD16<Int32>) {
      let weights = words &>> 24
      let sign = weights &>> 31
      sum &+= (weights ^ sign) &- sign
      below |= weights &+ 127
    }
    for offset in stride(from: 0, to: panel.count, by: 64) {
      let words = panel.loadUnaligned(fromByteOffset: offset, as: SIMD16<Int32>.self)
      add(words &<< 24)
      add(words &<< 16)
      add(words &<< 8)
      add(words)
    }
    return (sum, below.min() >= 0)
  }
}
