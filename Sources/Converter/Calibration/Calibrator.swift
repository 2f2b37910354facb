import Dispatch
package import SwiftletGraph
import Synchronization

/// Float inputs to calibrate on, made ready one at a time.
package struct CalibrationSet: Sendable {
  package var count: Int
  /// The model's input for an index below `count`; called from several threads.
  package var tensor: @Sendable (Int) throws -> Tensor

  package init(count: Int, tensor: @escaping @Sendable (Int) throws -> Tensor) {
    self.count = count
    self.tensor = tensor
  }
}

/// Runs the float graph on a calibration set and gathers one histogram a tensor, in one pass.
package enum Calibrator {
  private struct State {
    var next = 0
    var histograms: [Graph.ValueID: Histogram] = [:]
    var failure: (any Error)?
  }

  /// `progress` is called with the number of inputs done, from any thread.
  package static func histograms(
    of graph: Graph, observing values: Set<Graph.ValueID>, over set: CalibrationSet, threads: Int,
    progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws -> [Graph.ValueID: Histogram] {
    let interpreter = try Interpreter(graph, threads: 1)
    let state = Mutex(State())
    DispatchQueue.concurrentPerform(iterations: max(1, threads)) { _ in
      var own: [Graph.ValueID: Histogram] = [:]
      while true {
        let index = state.withLock { state -> Int? in
          guard state.failure == nil, state.next < set.count else { return nil }
          defer { state.next += 1 }
          return state.next
        }
        guard let index else { break }
        do {
          let input = try set.tensor(index)
          _ = try interpreter.run([input], observing: values) { value, elements in
            own[value, default: Histogram()].add(elements)
          }
        } catch {
          state.withLock { $0.failure = $0.failure ?? error }
        }
        progress(index + 1)
      }
      let gathered = own
      state.withLock { state in
        for (value, histogram) in gathered {
          state.histograms[value, default: Histogram()].merge(histogram)
        }
      }
    }
    return try state.withLock { state in
      if let failure = state.failure { throw failure }
      return state.histograms
    }
  }
}
