internal import CSwiftletFloat

/// A function of one float that elementwise operators make up, step by step: what a table can hold.
package struct ScalarFunction: Sendable, Equatable {
  package enum Operand: Sendable, Equatable {
    case argument
    case constant(Float)
    /// The result of a step before.
    case step(Int)
  }

  package enum Step: Sendable, Equatable {
    case unary(Unary, Operand)
    case binary(Binary, Operand, Operand)
  }

  /// At least one; the last one's result is the function's.
  package let steps: [Step]

  /// - Precondition: there is a step, and steps use those before them only.
  package init(steps: [Step]) {
    precondition(!steps.isEmpty)
    self.steps = steps
  }

  /// So many values at a time.
  private static let block = 1024

  func apply(
    _ kernels: swiftlet_float_kernels, _ x: UnsafePointer<Float>,
    _ out: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    var results = [Float](repeating: 0, count: Self.block * (steps.count - 1))
    results.withUnsafeMutableBufferPointer { results in
      for start in stride(from: 0, to: count, by: Self.block) {
        let count = min(Self.block, count - start)
        /// Where a step's results lie: the last one's in the output.
        func place(_ step: Int) -> UnsafeMutablePointer<Float> {
          guard step < steps.count - 1, let base = results.baseAddress else { return out + start }
          return base + step * Self.block
        }
        for (index, step) in steps.enumerated() {
          func values(_ operand: Operand) -> (UnsafePointer<Float>?, constant: Float) {
            switch operand {
            case .argument: (x + start, 0)
            case .constant(let value): (nil, value)
            case .step(let step): (UnsafePointer(place(step)), 0)
            }
          }
          switch step {
          case .unary(let function, let operand):
            let (values, constant) = values(operand)
            if let values {
              function.apply(kernels, values, place(index), count)
            } else {
              place(index).update(repeating: function(constant), count: count)
            }
          case .binary(let function, let a, let b):
            function.apply(kernels, values(a), values(b), place(index), count)
          }
        }
      }
    }
  }
}

extension Binary {
  /// On operands that are values, or a constant where there are none.
  fileprivate func apply(
    _ kernels: swiftlet_float_kernels, _ a: (values: UnsafePointer<Float>?, constant: Float),
    _ b: (values: UnsafePointer<Float>?, constant: Float), _ out: UnsafeMutablePointer<Float>,
    _ count: Int
  ) {
    withUnsafePointer(to: a.constant) { first in
      withUnsafePointer(to: b.constant) { second in
        let (first, second) = (a.values ?? first, b.values ?? second)
        let steps = (a.values == nil ? 0 : 1, b.values == nil ? 0 : 1)
        if let kernel { return kernels.binary(kernel, out, first, steps.0, second, steps.1, count) }
        let function = self == .power ? swiftlet_float_power : swiftlet_float_modulo
        for index in 0..<count {
          out[index] = function(first[index * steps.0], second[index * steps.1])
        }
      }
    }
  }
}

extension ScalarFunction: CustomStringConvertible {
  /// The operators' names in the order of the steps: `power, multiply, add`.
  package var description: String {
    steps.map { step in
      switch step {
      case .unary(let function, _): function.name
      case .binary(let function, _, _): "\(function)"
      }
    }.joined(separator: ", ")
  }
}
