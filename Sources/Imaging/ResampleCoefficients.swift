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

  /// The first input of each output.
  private(set) var starts: [Int]
  /// How many inputs each output has.
  private(set) var counts: [Int]
  /// The weights of output i start at i * stride.
  private(set) var weights: [Int32]
  let stride: Int

  init(from input: Int, to output: Int, filter: ResizeFilter) {
    let scale = Double(input) / Double(output)
    let filterScale = max(scale, 1)
    let support = filter.support * filterScale
    stride = Int(support.rounded(.up)) * 2 + 1
    starts = []
    counts = []
    weights = Array(repeating: 0, count: output * stride)
    for index in 0..<output {
      let center = (Double(index) + 0.5) * scale
      let start = max(0, Int(center - support + 0.5))
      let count = min(input, Int(center + support + 0.5)) - start
      var values = (0..<count).map { offset in
        filter.weight((Double(offset + start) - center + 0.5) * (1 / filterScale))
      }
      let sum = values.reduce(0, +)
      if sum != 0 { values = values.map { $0 / sum } }
      for (offset, value) in values.enumerated() {
        let fixed = value * Double(1 << Self.fractionBits)
        weights[index * stride + offset] = Int32(value < 0 ? fixed - 0.5 : fixed + 0.5)
      }
      starts.append(start)
      counts.append(count)
    }
  }

  /// The inputs of a resize to the nearest pixel, added up step by step as Pillow does.
  static func nearest(from input: Int, to output: Int) -> [Int] {
    let step = Double(input) / Double(output)
    var position = step * 0.5
    return (0..<output).map { _ in
      defer { position += step }
      return min(Int(position), input - 1)
    }
  }
}

extension ResizeFilter {
  /// Half the filter's width, in pixels of the smaller image.
  fileprivate var support: Double {
    switch self {
    case .nearest: 0
    case .box: 0.5
    case .bilinear: 1
    case .bicubic: 2
    case .lanczos: 3
    }
  }

  fileprivate func weight(_ position: Double) -> Double {
    let x = abs(position)
    switch self {
    case .nearest: return 0
    case .box: return position > -0.5 && position <= 0.5 ? 1 : 0
    case .bilinear: return x < 1 ? 1 - x : 0
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
