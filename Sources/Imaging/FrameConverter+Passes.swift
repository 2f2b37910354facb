import CSwiftletImageKernels
import SwiftletProgram

extension FrameConverter {
  /// What a filter takes of the samples of one direction for each output: the same number everywhere.
  struct Weights {
    /// Fraction bits of a weight; those of an output sum to 1.
    static let bits = 14

    /// Weights of each output; some may be 0.
    let taps: Int
    /// The first sample of each output.
    private(set) var starts: [Int] = []
    /// `taps` an output.
    private(set) var weights: [Int16] = []
    /// The samples that outputs take.
    var needed: Range<Int> { (starts.min() ?? 0)..<(starts.max() ?? 0) + taps }

    init(
      from side: FrameLayout.Side, to output: Int, filter: Preprocessing.Interpolation,
      outputs: Range<Int>
    ) {
      let input = side.count
      let all = ResampleCoefficients(
        from: input, extent: side.extent, to: output, filter: filter, outputs: outputs)
      let windows = all.starts.indices.map { index in
        let weights = all.weights[index * all.taps..<(index + 1) * all.taps]
        let count = weights.lastIndex { $0 != 0 }.map { $0 + 1 - weights.startIndex } ?? 1
        return (
          start: all.inputs.lowerBound + Int(all.starts[index]),
          weights: weights.prefix(count).map { Int($0) }
        )
      }
      taps = windows.map(\.weights.count).max() ?? 1
      let excess = ResampleCoefficients.fractionBits - Self.bits
      for window in windows {
        let start = min(window.start, input - taps)
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
    let weights: Weights
    /// Of the first byte of a row that is needed.
    let start: Int
    let stride: Int
    /// Bytes of a row that are needed.
    let count: Int
    /// Where they go.
    let place: Int

    func run(
      _ y: Int, _ bytes: UnsafePointer<UInt8>, row: UnsafeMutablePointer<Int16>,
      _ kernels: swl_image_kernels
    ) {
      weights.weights.withUnsafeBufferPointer { all in
        guard let first = all.baseAddress else { return }
        var call = swl_frame_rows(
          in: bytes + start + weights.starts[y] * stride, in_stride: stride,
          weights: first + y * weights.taps, taps: Int32(weights.taps), count: Int32(count),
          out: row + place)
        kernels.frame_rows(&call)
      }
    }
  }

  /// The horizontal direction: of the samples of a component, which stay where the plane's row has them: the weights of what
  /// lies between them are 0.
  struct ComponentPass {
    /// Behind a row so many elements may be read.
    static let slack = 16

    private let taps: Int
    private let starts: [Int32]
    private let weights: [Int16]

    /// Of samples `step` elements apart, the first that is needed being at `first`.
    init(_ dense: Weights, first: Int, step: Int) {
      let taps = ((dense.taps - 1) * step + Self.slack) / Self.slack * Self.slack
      let lowest = dense.needed.lowerBound
      starts = dense.starts.map { Int32(first + ($0 - lowest) * step) }
      var weights = [Int16](repeating: 0, count: dense.starts.count * taps)
      for (index, weight) in dense.weights.enumerated() {
        let (output, tap) = index.quotientAndRemainder(dividingBy: dense.taps)
        weights[output * taps + tap * step] = weight
      }
      (self.taps, self.weights) = (taps, weights)
    }

    func run(
      _ row: UnsafePointer<Int16>, line: UnsafeMutablePointer<Int16>, _ kernels: swl_image_kernels
    ) {
      starts.withUnsafeBufferPointer { starts in
        weights.withUnsafeBufferPointer { weights in
          var call = swl_frame_columns(
            in: row, starts: starts.baseAddress, weights: weights.baseAddress, taps: Int32(taps),
            count: Int32(starts.count), out: line)
          kernels.frame_columns(&call)
        }
      }
    }
  }
}
