import Swiftlet
import SwiftletKernels
import Testing

/// The logits of the benchmark's input, which every kernel set of this machine and every number of threads must give.
func logitsSHA256(of model: Model, named net: String) throws -> String {
  var expected: String?
  for set in KernelSet.available.reversed() {
    for threads in 1...3 {
      var session = try Session(model: model, threads: threads, kernelSet: set)
      session.withInput(BenchmarkInput.fill)
      session.run()
      let found = session.logitsSHA256
      #expect(
        found == expected ?? found,
        "\(net): \(set.name) with \(threads) threads differs from scalar"
      )
      expected = expected ?? found
    }
  }
  return try #require(expected)
}
