internal import CSwiftletFloat

/// How a movement operator's outputs are assembled from its operands, whatever the elements are.
package struct MovementPlan: Sendable, Equatable {
  /// A block of elements copied from strided places to strided places.
  package struct Block: Sendable, Equatable {
    package var source: Int
    package var destination: Int
    package var sourceOffset = 0
    package var destinationOffset = 0
    package var counts: [Int]
    package var sourceStrides: [Int]
    package var destinationStrides: [Int]
  }

  /// Runs of `length` elements, copied from listed places to listed places.
  package struct Runs: Sendable, Equatable {
    package var source: Int
    package var sourceOffsets: [Int]
    package var destinationOffsets: [Int]
    package var length: Int
  }

  package enum Step: Sendable, Equatable {
    case block(Block)
    case runs(Runs)
  }

  package var outputShapes: [[Int]]
  /// Carried out in order.
  package var steps: [Step]
  /// Whether an element that no step writes holds the padding value; otherwise the steps write all.
  package var hasPadding = false

  /// Carries the plan out on elements of the given size in bytes; outputs already hold the padding
  /// value.
  package func move(
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

extension Operator {
  /// Whether the operator only moves elements: every element of its outputs is one of an operand's,
  /// or padding.
  package var isMovement: Bool {
    switch self {
    case .reshape, .transpose, .slice, .split, .concat, .pad, .gather, .gatherElements, .gatherND,
      .scatterND, .expand, .tile, .depthToSpace, .spaceToDepth:
      true
    default: false
    }
  }

  /// Pushes elements of any type through a movement operator: floats, or a converter's element ids.
  ///
  /// `sources` are the operands that move, in order (x; or x and updates for `scatterND`);
  /// `indices` is the index operand of the gathers and of `scatterND`; `padding` is what a constant
  /// pad writes.
  package func move<Element: BitwiseCopyable>(
    _ sources: [(shape: [Int], elements: [Element])], indices: Tensor? = nil, padding: Element
  ) throws(GraphError) -> [[Element]] {
    let plan = try movementPlan(sources.map(\.shape), indices: indices)
    for (shape, elements) in sources where Shapes.count(shape) != elements.count {
      throw GraphError("\(self): \(elements.count) elements do not fill the shape \(shape)")
    }
    var results = plan.outputShapes.map {
      [Element](repeating: padding, count: $0.reduce(1, *))
    }
    plan.move(sources.map(\.elements), to: &results)
    return results
  }
}

extension MovementPlan {
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
