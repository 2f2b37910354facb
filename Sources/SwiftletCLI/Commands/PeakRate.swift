import Swiftlet
import SwiftletCamera
import SwiftletKernels

/// The most that a session's threads can multiply with its kernel set.
enum PeakRate {
  /// What the threads share: each writes its own place in `products`.
  private struct Context {
    let set: KernelSet
    let iterations: Int
    let products: UnsafeMutableBufferPointer<Int>
  }

  /// Billions of operations a second, two a product: the best of five times ten milliseconds on all threads at once.
  static func gops(of session: inout Session) throws -> Double {
    let set = try KernelSet.named(session.kernelSetName)
    let iterations = iterations(of: set, seconds: 0.01)
    return (0..<5).map { _ in rate(of: set, iterations: iterations, on: &session) }.max() ?? 0
  }

  private static func iterations(of set: KernelSet, seconds: Double) -> Int {
    var iterations = 1000
    while true {
      let start = monotonicNanoseconds()
      _ = set.runPeak(iterations: iterations)
      let taken = Double(monotonicNanoseconds() - start) / 1e9
      guard taken < seconds / 4 else { return max(1, Int(Double(iterations) * seconds / taken)) }
      iterations *= 2
    }
  }

  private static func rate(
    of set: KernelSet, iterations: Int, on session: inout Session
  ) -> Double {
    var products = [Int](repeating: 0, count: session.threads)
    let start = monotonicNanoseconds()
    products.withUnsafeMutableBufferPointer { products in
      var context = Context(set: set, iterations: iterations, products: products)
      session.onEveryThread(&context) { context, thread in
        let context = context.assumingMemoryBound(to: Context.self).pointee
        context.products[thread] = context.set.runPeak(iterations: context.iterations)
      }
    }
    let nanoseconds = monotonicNanoseconds() - start
    return 2 * Double(products.reduce(0, +)) / Double(nanoseconds)
  }
}
