import SwiftletProgram

/// An index map: for each element of a value, in row-major order, the element of the plan's tensors it is.
///
/// Elements are numbered through all tensors: element e of tensor t is `ElementSpace.bases[t] + e`. Movement operators
/// act on maps as they act on data, so a chain of them composes into one map.
typealias ElementMap = [Int32]

/// The numbering of all elements of a plan.
struct ElementSpace {
  private(set) var bases: [Int] = []
  private var end = 0

  /// Reserves numbers for the next tensor of the plan.
  mutating func append(count: Int) throws {
    bases.append(end)
    end += count
    guard end <= Int(Int32.max) else {
      throw ConversionError("the model's tensors hold more than 2^31 elements in all")
    }
  }

  /// The tensor that holds an element, and its position there.
  func locate(_ element: Int32) -> (tensor: TensorID, position: Int) {
    var low = 0
    var high = bases.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if bases[middle] <= Int(element) { low = middle } else { high = middle }
    }
    return (low, Int(element) - bases[low])
  }

  func map(of tensor: TensorID, count: Int) -> ElementMap {
    (0..<count).map { Int32(bases[tensor] + $0) }
  }
}

/// Rows of channels found in one tensor: row r of the view is channels `offset..<offset + channels` of row `rows[r]`.
struct RowView {
  var tensor: TensorID
  var offset: Int
  var channels: Int
  var rows: [Int32]

  var isInOrder: Bool { rows.isIdentity }

  /// Whether every row of a tensor with `count` rows occurs exactly once.
  func isPermutation(of count: Int) -> Bool {
    guard rows.count == count else { return false }
    var seen = [Bool](repeating: false, count: count)
    for row in rows {
      if seen[Int(row)] { return false }
      seen[Int(row)] = true
    }
    return true
  }
}

extension [Int32] {
  /// Whether element i is i.
  var isIdentity: Bool { indices.allSatisfy { self[$0] == Int32($0) } }
}

extension ElementSpace {
  /// Reads a map as `[count / channels][channels]`; nil unless all rows are runs at one channel offset of one tensor.
  func rowView(of map: ArraySlice<Int32>, channels: Int, in plan: Plan) -> RowView? {
    guard channels > 0, let first = map.first, map.count % channels == 0 else { return nil }
    let (tensor, position) = locate(first)
    let stride = plan.tensors[tensor].channels
    let offset = position % stride
    guard offset + channels <= stride else { return nil }
    let base = Int32(bases[tensor])
    let end = base + Int32(plan.tensors[tensor].count)
    var rows: [Int32] = []
    rows.reserveCapacity(map.count / channels)
    var start = map.startIndex
    while start < map.endIndex {
      let head = map[start]
      guard head >= base, head < end, Int(head - base) % stride == offset else { return nil }
      for c in 1..<max(1, channels) where map[start + c] != head + Int32(c) { return nil }
      rows.append((head - base) / Int32(stride))
      start += channels
    }
    return RowView(tensor: tensor, offset: offset, channels: channels, rows: rows)
  }

  /// The positions in one tensor if the map is a permutation of all its elements.
  func permutation(of map: ElementMap, in plan: Plan) -> (tensor: TensorID, positions: [Int32])? {
    guard let first = map.first else { return nil }
    let (tensor, _) = locate(first)
    let count = plan.tensors[tensor].count
    guard map.count == count else { return nil }
    let base = Int32(bases[tensor])
    var seen = [Bool](repeating: false, count: count)
    var positions = map
    for index in positions.indices {
      let position = Int(map[index] - base)
      guard map[index] >= base, position < count, !seen[position] else { return nil }
      seen[position] = true
      positions[index] = Int32(position)
    }
    return (tensor, positions)
  }
}

extension Plan.Layout {
  /// The simplest layout that says what `positions` says.
  init(positions: [Int32], shape: [Int], channels: Int) {
    if positions.isIdentity {
      self = .rowMajor
    } else if shape.count == 4, shape[0] == 1, shape[1] <= channels,
      Self.isChannelsFirst(positions, channels: shape[1], stride: channels)
    {
      self = .channelsFirst(channels: shape[1], stride: channels)
    } else {
      self = .table(positions)
    }
  }

  private static func isChannelsFirst(_ positions: [Int32], channels: Int, stride: Int) -> Bool {
    let pixels = positions.count / channels
    for c in 0..<channels {
      for p in 0..<pixels where positions[c * pixels + p] != Int32(p * stride + c) { return false }
    }
    return true
  }

  /// Where each element of a value lies that fills a tensor of `count` elements.
  func positions(count: Int) -> [Int32] {
    switch self {
    case .rowMajor: (0..<count).map(Int32.init)
    case .channelsFirst(let channels, let stride):
      (0..<count).map { Int32($0 % (count / channels) * stride + $0 / (count / channels)) }
    case .table(let table): table
    }
  }

  /// Puts a value's elements where they lie in a tensor of `count` elements; elements of the tensor that the value does not
  /// cover are 0.
  func arrange(_ values: UnsafeBufferPointer<Float>, count: Int) -> [Float] {
    switch self {
    case .rowMajor: return Array(values)
    case .channelsFirst(let channels, let stride):
      var result = [Float](repeating: 0, count: count)
      let pixels = values.count / channels
      for c in 0..<channels {
        for p in 0..<pixels { result[p * stride + c] = values[c * pixels + p] }
      }
      return result
    case .table(let table):
      var result = [Float](repeating: 0, count: count)
      for (index, position) in table.enumerated() { result[Int(position)] = values[index] }
      return result
    }
  }
}
