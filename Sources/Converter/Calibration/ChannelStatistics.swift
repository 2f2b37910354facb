import SwiftletProgram

/// What calibration saw of each channel of a tensor.
package struct ChannelStatistics: Sendable, Equatable, Codable {
  package var low: [Float]
  package var high: [Float]
  package var mean: [Float]
  package var meanSquare: [Float]
  /// Between neighbouring elements, 0...1; 0 where it is not known.
  package var correlation: [Float]

  private enum CodingKeys: String, CodingKey {
    case low, high, mean, correlation
    case meanSquare = "mean_square"
  }

  var isValid: Bool {
    [high, mean, meanSquare, correlation].allSatisfy { $0.count == low.count }
      && [low, high, mean, meanSquare, correlation].joined().allSatisfy(\.isFinite)
  }

  /// The sums of all inputs so far.
  struct Totals: Sendable {
    fileprivate var low: [Float] = []
    fileprivate var high: [Float] = []
    fileprivate var sum: [Double] = []
    fileprivate var squares: [Double] = []
    fileprivate var products: [Double] = []
    fileprivate var rows = 0

    /// Adds an input's, which has as many channels as those before.
    mutating func add(_ input: ChannelSums) {
      if rows == 0 {
        let zero = [Double](repeating: 0, count: input.low.count)
        (low, high, sum, squares, products) = (input.low, input.high, zero, zero, zero)
      }
      rows += input.rows
      for c in low.indices {
        low[c] = min(low[c], input.low[c])
        high[c] = max(high[c], input.high[c])
        sum[c] += Double(input.sum[c])
        squares[c] += Double(input.squares[c])
        products[c] += Double(input.products[c])
      }
    }
  }

  init(_ totals: Totals) {
    let rows = Double(totals.rows)
    (low, high) = (totals.low, totals.high)
    let means = totals.sum.map { $0 / rows }
    let (squares, products) = (totals.squares.map { $0 / rows }, totals.products.map { $0 / rows })
    self.mean = means.map { Float($0) }
    meanSquare = squares.map { Float($0) }
    correlation = low.indices.map { c in
      let variance = squares[c] - means[c] * means[c]
      guard variance > 0 else { return 0 }
      return Float(max(0, min(1, (products[c] - means[c] * means[c]) / variance)))
    }
  }
}

/// What one input shows of each channel of a tensor.
struct ChannelSums: Sendable {
  var low: [Float]
  var high: [Float]
  var sum: [Float]
  var squares: [Float]
  /// Of neighbours.
  var products: [Float]
  var rows: Int

  /// `values` are those of a graph value that lies in a tensor of `channels` channels as `layout` says.
  init(_ values: UnsafeBufferPointer<Float>, layout: Plan.Layout, channels: Int) {
    low = Array(repeating: .infinity, count: channels)
    high = Array(repeating: -.infinity, count: channels)
    sum = Array(repeating: 0, count: channels)
    squares = sum
    products = sum
    switch layout {
    case .channelsFirst(let planes, let stride):
      rows = values.count / planes
      for c in 0..<planes { addPlane(c, values[c * rows..<(c + 1) * rows]) }
      for c in planes..<stride { (low[c], high[c]) = (0, 0) }
    case .rowMajor:
      rows = values.count / channels
      for row in 0..<rows {
        addRow(
          values[row * channels..<(row + 1) * channels],
          before: values[max(0, row - 1) * channels..<max(1, row) * channels])
      }
    case .table(let positions):
      rows = values.count / channels
      for (value, position) in zip(values, positions) { add(value, to: Int(position) % channels) }
    }
  }

  private mutating func add(_ value: Float, to c: Int) {
    low[c] = min(low[c], value)
    high[c] = max(high[c], value)
    sum[c] += value
    squares[c] += value * value
  }

  private mutating func addRow(
    _ row: Slice<UnsafeBufferPointer<Float>>, before: Slice<UnsafeBufferPointer<Float>>
  ) {
    for (c, (value, neighbour)) in zip(row, before).enumerated() {
      add(value, to: c)
      products[c] += value * neighbour
    }
  }

  /// All values of one channel, sixteen at a time.
  private mutating func addPlane(_ c: Int, _ plane: Slice<UnsafeBufferPointer<Float>>) {
    let elements = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: plane))
    var lows = SIMD16<Float>(repeating: .infinity)
    var highs = -lows
    var (sums, squared, neighbours) = (SIMD16<Float>.zero, SIMD16<Float>.zero, SIMD16<Float>.zero)
    // Each has a neighbour behind it.
    let whole = max(0, plane.count - 1) / 16 * 16
    for start in stride(from: 0, to: whole, by: 16) {
      let x = elements.loadUnaligned(fromByteOffset: 4 * start, as: SIMD16<Float>.self)
      lows.replace(with: x, where: x .< lows)
      highs.replace(with: x, where: x .> highs)
      sums += x
      squared += x * x
      neighbours +=
        x * elements.loadUnaligned(fromByteOffset: 4 * start + 4, as: SIMD16<Float>.self)
    }
    low[c] = lows.min()
    high[c] = highs.max()
    sum[c] = sums.sum()
    squares[c] = squared.sum()
    products[c] = neighbours.sum()
    let rest = plane.dropFirst(whole)
    for value in rest { add(value, to: c) }
    // The last has none: it counts as its own.
    for (value, next) in zip(rest, rest.dropFirst() + rest.suffix(1)) {
      products[c] += value * next
    }
  }
}
