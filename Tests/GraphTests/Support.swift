import SwiftletGraph

/// A seeded generator, so that tests are the same every time.
struct Random: RandomNumberGenerator {
  var state: UInt64

  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state &* 0x2545_F491_4F6C_DD1D
  }

  mutating func floats(_ count: Int, in range: ClosedRange<Float> = -2...2) -> [Float] {
    (0..<count).map { _ in Float.random(in: range, using: &self) }
  }

  mutating func tensor(_ shape: [Int], in range: ClosedRange<Float> = -2...2) -> Tensor {
    Tensor(shape: shape, floats(shape.reduce(1, *), in: range))
  }
}

extension Tensor {
  static func ints(_ shape: [Int], _ values: [Int64]) -> Tensor {
    Tensor(shape: shape, .int(values))
  }

  static func bools(_ shape: [Int], _ values: [Bool]) -> Tensor {
    Tensor(shape: shape, .bool(values))
  }

  /// 0, 1, 2 ... in the given shape.
  static func counting(_ shape: [Int]) -> Tensor {
    Tensor(shape: shape, (0..<shape.reduce(1, *)).map(Float.init))
  }

  /// The elements' bits, so that NaN equals itself and -0 differs from 0.
  var bits: [UInt64] {
    switch storage {
    case .float(let values): values.map { UInt64($0.bitPattern) }
    case .int(let values): values.map { UInt64(bitPattern: $0) }
    case .bool(let values): values.map { $0 ? 1 : 0 }
    }
  }

  var values: [Float] { floats ?? [] }
}

extension Operator {
  func first(_ inputs: Tensor?...) throws -> Tensor { try evaluate(inputs)[0] }
}

func plain(_ kernel: Int, stride: Int = 1, pads: [Int] = [0, 0, 0, 0]) -> Pooling {
  Pooling(
    kernel: [kernel, kernel], strides: [stride, stride], dilations: [1, 1], pads: pads)
}
