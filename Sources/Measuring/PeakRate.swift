package import Swiftlet
package import SwiftletKernels

/// The most that threads can multiply with a kernel set, measured on its multiply-accumulate instructions.
package struct PeakRate {
  /// Runs a function once on every thread, with a context and the thread's number.
  package typealias Threads = (UnsafeMutableRawPointer, WorkerPool.ThreadBody) -> Void

  /// What the threads share: each writes its own place in `products`.
  private struct Context {
    let set: KernelSet
    let iterations: Int
    let products: UnsafeMutableBufferPointer<Int>
  }

  private let set: KernelSet
  private let iterations: Int

  /// `seconds` is about how long a sample takes.
  package init(of set: KernelSet, seconds: Double = 0.001) {
    self.set = set
    var iterations = 1000
    while true {
      let start = monotonicNanoseconds()
      _ = set.runPeak(iterations: iterations)
      let taken = Double(monotonicNanoseconds() - start) / 1e9
      if taken >= seconds / 4 {
        self.iterations = max(1, Int(Double(iterations) * seconds / taken))
        return
      }
      iterations *= 2
    }
  }

  /// Billions of operations a second, two a product, on all threads at once.
  package func sample(threads: Int, run: Threads) -> Double {
    var products = [Int](repeating: 0, count: threads)
    let start = monotonicNanoseconds()
    products.withUnsafeMutableBufferPointer { products in
      var context = Context(set: set, iterations: iterations, products: products)
      run(&context) { context, thread in
        let context = context.assumingMemoryBound(to: Context.self).pointee
        context.products[thread] = context.set.runPeak(iterations: context.iterations)
      }
    }
    let nanoseconds = monotonicNanoseconds() - start
    return 2 * Double(products.reduce(0, +)) / Double(nanoseconds)
  }

  /// A sample on a session's threads.
  package func sample(on session: inout Session) -> Double {
    let threads = session.threads
    return sample(threads: threads) { session.onEveryThread($0, $1) }
  }

  /// A number of samples. Their best is the peak: what nothing else has slowed down.
  package static func samples(_ count: Int, _ sample: () -> Double) -> [Double] {
    (0..<count).map { _ in sample() }
  }
}
