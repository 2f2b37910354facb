import CSwiftletImageKernels
import SwiftletProgram

#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The weights of one pass of a resize, as Pillow computes them: in double precision, then rounded to fixed point. This is
/// the module's only floating-point arithmetic; it sees sizes, never pixels.
struct ResampleCoefficients {
  /// Fraction bits of a weight.
  static let fractionBits = 32 - 8 - 2

  /// The inputs that have a weight.
  private(set) var inputs = 0..<0
  /// The first input of each output, counted from the first of `inputs`.
  private(set) var starts: [Int32] = []
  /// The weights of output i start at i * taps; zeros fill them up.
  private(set) var weights: [Int32] = []
  /// Weights of each output, a multiple of 4.
  private(set) var taps = 0

  /// No outputs.
  init() {}

  /// The weights of some outputs of a resize. The picture ends `extent` inputs after it begins, in the last one or with it.
  @inline(never)
  init(
    from input: Int, extent: Double? = nil, to output: Int, filter: Preprocessing.Interpolation,
    outputs: Range<Int>
  ) {
    let scale = (extent ?? Double(input)) / Double(output)
    let filterScale = max(scale, 1)
    let support = filter.support * filterScale
    let windows =
      filter == .nearest
      ? Self.nearest(from: input, to: output, step: scale)[outputs].map { $0..<$0 + 1 }
      : outputs.map { index -> Range<Int> in
        let center = (Double(index) + 0.5) * scale
        return max(0, Int(center - support + 0.5))..<min(input, Int(center + support + 0.5))
      }
    inputs = (windows.map(\.lowerBound).min() ?? 0)..<(windows.map(\.upperBound).max() ?? 0)
    taps = ((windows.map(\.count).max() ?? 0) + 3) & ~3
    weights = Array(repeating: 0, count: windows.count * taps)
    for (place, window) in windows.enumerated() {
      let center = (Double(outputs.lowerBound + place) + 0.5) * scale
      var values = window.map { filter.weight((Double($0) - center + 0.5) * (1 / filterScale)) }
      let sum = values.reduce(0, +)
      if sum != 0 { values = values.map { $0 / sum } }
      for (tap, value) in values.enumerated() {
        let fixed = value * Double(1 << Self.fractionBits)
        weights[place * taps + tap] = Int32(value < 0 ? fixed - 0.5 : fixed + 0.5)
      }
      starts.append(Int32(window.lowerBound - inputs.lowerBound))
    }
  }

  /// The inputs of a resize to the nearest pixel, added up step by step as Pillow does.
  private static func nearest(from input: Int, to output: Int, step: Double) -> [Int] {
    var position = step * 0.5
    return (0..<output).map { _ in
      defer { position += step }
      return min(Int(position), input - 1)
    }
  }

  /// One pass: `in` points to the first of `inputs`, in the first of the rows (horizontally) or pixels (vertically).
  func run(
    _ kernel: (UnsafePointer<swl_resample>?) -> Void, in input: UnsafePointer<UInt8>,
    stride: Int, rows: Int, width: Int, channels: Int, out: UnsafeMutablePointer<UInt8>,
    outStride: Int
  ) {
    guard rows > 0, width > 0 else { return }
    starts.withUnsafeBufferPointer { starts in
      weights.withUnsafeBufferPointer { weights in
        var call = swl_resample(
          in: input, in_stride: stride, starts: starts.baseAddress, weights: weights.baseAddress,
          taps: Int32(taps), channels: Int32(channels), rows: Int32(rows), width: Int32(width),
          out: out, out_stride: outStride)
        kernel(&call)
      }
    }
  }
}

extension Preprocessing.Interpolation {
  /// Half the filter's width, in pixels of the smaller image.
  fileprivate var support: Double {
    switch self {
    case .nearest: 0
    case .box: 0.5
    case .bilinear, .hamming: 1
    case .bicubic: 2
    case .lanczos: 3
    }
  }

  fileprivate func weight(_ position: Double) -> Double {
    let x = abs(position)
    switch self {
    case .nearest: return 1
    case .box: return position > -0.5 && position <= 0.5 ? 1 : 0
    case .bilinear: return x < 1 ? 1 - x : 0
    case .hamming:
      // Pillow's constants have single precision.
      let (a, b) = (Double(Float(0.54)), Double(Float(0.46)))
      return x < 1 ? Self.sinc(x) * (a + b * cos(x * .pi)) : 0
    case .bicubic:
      let a = -0.5
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
    case .lanczos:
      return position >= -3 && position < 3 ? Self.sinc(position) * Self.sinc(position / 3) : 0
    }
  }

  private static func sinc(_ x: Double) -> Double {
    x == 0 ? 1 : sin(x * .pi) / (x * .pi)
  }
}
