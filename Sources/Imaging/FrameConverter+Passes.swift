extension FrameConverter {
  /// What a filter takes of the samples of one direction for each output: the same number everywhere.
  struct Weights {
    /// Fraction bits of a weight; those of an output sum to 1.
    static let bits = 14
    /// Fraction bits between the two directions.
    static let rowBits = 6

    /// Weights of each output; some may be 0.
    let taps: Int
    /// The samples that have a weight.
    let needed: Range<Int>
    /// The first sample of each output.
    private(set) var starts: [Int] = []
    /// `taps` an output.
    private(set) var weights: [Int16] = []

    /// With `multiple` above 1, the number of weights is one, and samples behind the last may be read.
    init(
      from input: Int, to output: Int, filter: ResizeFilter, outputs: Range<Int>, multiple: Int = 1
    ) {
      let all = ResampleCoefficients(from: input, to: output, filter: filter, outputs: outputs)
      let windows = all.starts.indices.map { index in
        let weights = all.weights[index * all.taps..<(index + 1) * all.taps]
        let count = weights.lastIndex { $0 != 0 }.map { $0 + 1 - weights.startIndex } ?? 1
        return (
          start: all.inputs.lowerBound + Int(all.starts[index]),
          weights: weights.prefix(count).map { Int($0) }
        )
      }
      let longest = windows.map(\.weights.count).max() ?? 1
      taps = (longest + multiple - 1) / multiple * multiple
      needed =
        (windows.map(\.start).min() ?? 0)..<(windows.map { $0.start + $0.weights.count }.max() ?? 1)
      let excess = ResampleCoefficients.fractionBits - Self.bits
      for window in windows {
        let start = multiple > 1 ? window.start : min(window.start, input - taps)
        var fixed = window.weights.map { ($0 + 1 << (excess - 1)) >> excess }
        if let largest = fixed.indices.max(by: { fixed[$0] < fixed[$1] }) {
          fixed[largest] += 1 << Self.bits - fixed.reduce(0, +)
        }
        let before = window.start - start
        weights += Array(repeating: 0, count: before)
        weights += fixed.map { Int16($0) }
        weights += Array(repeating: 0, count: taps - before - fixed.count)
        starts.append(start)
      }
    }
  }

  /// The vertical direction: of the rows of a plane, byte by byte, whatever the bytes are.
  struct PlanePass {
    /// Where the samples of a component stand in the bytes, and where they go.
    struct Part {
      var first, step, count, place: Int
    }

    var weights: Weights
    /// Of the first byte of a row that is needed.
    var start: Int
    var stride: Int
    /// Bytes of a row that are needed.
    var count: Int
    var parts: [Part]

    func run(
      _ y: Int, _ bytes: UnsafePointer<UInt8>, sums: UnsafeMutablePointer<Int32>,
      row: UnsafeMutablePointer<Int16>
    ) {
      let (taps, count) = (weights.taps, count)
      var source = bytes + start + weights.starts[y] * stride
      weights.weights.withUnsafeBufferPointer { weights in
        // Factors of 16 bits: products of these are what every machine's vectors have.
        for tap in 0..<taps {
          let weight = weights[y * taps + tap]
          if tap == 0 {
            for x in 0..<count {
              sums[x] = Self.half &+ Int32(Int16(source[x])) &* Int32(weight)
            }
          } else {
            for x in 0..<count { sums[x] &+= Int32(Int16(source[x])) &* Int32(weight) }
          }
          source += stride
        }
      }
      for part in parts {
        let (source, target) = (sums + part.first, row + part.place)
        // The compiler makes a loop for each.
        switch part.step {
        case 1: Self.write(source, step: 1, to: target, count: part.count)
        case 2: Self.write(source, step: 2, to: target, count: part.count)
        case 3: Self.write(source, step: 3, to: target, count: part.count)
        default: Self.write(source, step: part.step, to: target, count: part.count)
        }
      }
    }

    @inline(__always)
    private static func write(
      _ source: UnsafePointer<Int32>, step: Int, to target: UnsafeMutablePointer<Int16>, count: Int
    ) {
      for x in 0..<count { target[x] = Int16(truncatingIfNeeded: source[x &* step] >> shift) }
    }

    private static let shift = Int32(Weights.bits - Weights.rowBits)
    private static let half = Int32(1) << (shift - 1)
  }

  /// The horizontal direction: of the samples of a component.
  struct ComponentPass {
    /// As many are added at a time; behind a row so many samples may be read.
    static let group = 4

    var weights: Weights
    /// Where the first sample that is needed stands.
    var place: Int

    func run(_ row: UnsafePointer<Int16>, line: UnsafeMutablePointer<Int32>) {
      let (taps, first) = (weights.taps, row + place - weights.needed.lowerBound)
      weights.starts.withUnsafeBufferPointer { starts in
        weights.weights.withUnsafeBufferPointer { weights in
          guard var weight = weights.baseAddress else { return }
          for x in 0..<starts.count {
            var source = first + starts[x]
            var sum = Self.half
            var rest = taps
            while rest > 0 {
              sum &+= Self.product(source, weight, 0) &+ Self.product(source, weight, 1)
              sum &+= Self.product(source, weight, 2) &+ Self.product(source, weight, 3)
              source += Self.group
              weight += Self.group
              rest &-= Self.group
            }
            line[x] = max(0, min(Self.limit, sum >> Self.shift))
          }
        }
      }
    }

    @inline(__always)
    private static func product(
      _ source: UnsafePointer<Int16>, _ weight: UnsafePointer<Int16>, _ tap: Int
    ) -> Int32 {
      Int32(source[tap]) &* Int32(weight[tap])
    }

    private static let shift = Int32(
      Weights.bits + Weights.rowBits - ColourMatrix.componentBits)
    private static let half = Int32(1) << (shift - 1)
    private static let limit = Int32(255) << Int32(ColourMatrix.componentBits)
  }
}
