internal import CSwiftletFloat

/// How a movement operator's outputs are assembled from its operands, whatever the elements are.
struct MovementPlan: Sendable, Equatable {
  /// A block of elements copied from strided places to strided places.
  struct Block: Sendable, Equatable {
    var source: Int
    var destination: Int
    var sourceOffset = 0
    var destinationOffset = 0
    var counts: [Int]
    var sourceStrides: [Int]
    var destinationStrides: [Int]
  }

  /// Runs of `length` elements, copied from listed places to listed places.
  struct Runs: Sendable, Equatable {
    var source: Int
    var sourceOffsets: [Int]
    var destinationOffsets: [Int]
    var length: Int
  }

  enum Step: Sendable, Equatable {
    case block(Block)
    case runs(Runs)
  }

  var outputShapes: [[Int]]
  /// Carried out in order.
  var steps: [Step]
  /// Whether an element that no step writes holds the padding value; otherwise the steps write all.
  var hasPadding = false

  /// Carries the plan out on elements of the given size in bytes; outputs already hold the padding
  /// value.
  func move(
    _ sources: [UnsafeRawPointer], to destinations: [UnsafeMutableRawPointer], elementSize: Int
  ) {
    for step in steps {
      switch step {
      case .block(let block):
        block.merged.move(
          sources[block.source], destinations[block.destination], elementSize: elementSize)
      case .runs(let runs):
        let length = runs.length * elementSize
        for (from, to) in zip(runs.sourceOffsets, runs.destinationOffsets) {
          (destinations[0] + to * elementSize).copyMemory(
            from: sources[runs.source] + from * elementSize, byteCount: length)
        }
      }
    }
  }
}

extension MovementPlan.Block {
  /// The same copy with as few axes as possible.
  var merged: Self {
    var result = self
    (result.counts, result.sourceStrides, result.destinationStrides) = ([], [], [])
    for axis in counts.indices where counts[axis] != 1 {
      let last = result.counts.count - 1
      let (count, from, to) = (counts[axis], sourceStrides[axis], destinationStrides[axis])
      if last >= 0, result.sourceStrides[last] == from * count,
        result.destinationStrides[last] == to * count
      {
        result.counts[last] *= count
        result.sourceStrides[last] = from
        result.destinationStrides[last] = to
      } else {
        result.counts.append(count)
        result.sourceStrides.append(from)
        result.destinationStrides.append(to)
      }
    }
    return result
  }

  func move(_ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, elementSize: Int) {
    guard !counts.contains(0) else { return }
    swiftlet_float_copy(
      to + destinationOffset * elementSize, destinationStrides, from + sourceOffset * elementSize,
      sourceStrides, counts, counts.count, elementSize)
  }
}

extension MovementPlan {
  /// Carries the plan out on arrays of any type.
  func moved<Element: BitwiseCopyable>(_ sources: [[Element]], padding: Element) -> [[Element]] {
    var results = outputShapes.map { [Element](repeating: padding, count: $0.reduce(1, *)) }
    move(sources, to: &results)
    return results
  }

  /// Carries the plan out on arrays; `results` have their final size.
  func move<Element: BitwiseCopyable>(_ sources: [[Element]], to results: inout [[Element]]) {
    let stride = MemoryLayout<Element>.stride
    withPointers(sources[...], []) { from in
      for (index, shape) in outputShapes.enumerated() where !shape.contains(0) {
        results[index].withUnsafeMutableBytes { bytes in
          guard let base = bytes.baseAddress else { return }
          let own = MovementPlan(outputShapes: [shape], steps: steps(writing: index))
          own.move(from, to: [base], elementSize: stride)
        }
      }
    }
  }

  /// The steps that write one output, as if it were the only one.
  private func steps(writing output: Int) -> [Step] {
    steps.compactMap { step in
      guard case .block(var block) = step else { return step }
      guard block.destination == output else { return nil }
      block.destination = 0
      return .block(block)
    }
  }

  private func withPointers<Element: BitwiseCopyable>(
    _ sources: ArraySlice<[Element]>, _ pointers: [UnsafeRawPointer],
    _ body: ([UnsafeRawPointer]) -> Void
  ) {
    guard let first = sources.first else { return body(pointers) }
    first.withUnsafeBytes { bytes in
      let empty = UnsafeRawPointer(bitPattern: MemoryLayout<Element>.alignment)
      guard let base = bytes.baseAddress ?? empty else { return }
      withPointers(sources.dropFirst(), pointers + [base], body)
    }
  }
}
