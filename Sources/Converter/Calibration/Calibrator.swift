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

  package init(_ tensors: [Tensor]) { self.init(count: tensors.count) { tensors[$0] } }
}

/// What calibration saw of a graph's values.
package struct Observations: Sendable {
  package var histograms: [Graph.ValueID: Histogram] = [:]
  package var channels: [Graph.ValueID: ChannelStatistics] = [:]
}

/// Runs the float graph on a calibration set and gathers what quantization needs of each tensor, in one pass.
package enum Calibrator {
  private struct State {
    var next = 0
    var histograms: [Graph.ValueID: Histogram] = [:]
    var channels: [Graph.ValueID: ChannelStatistics.Totals] = [:]
    /// Of inputs that were done before others in front of them, by index.
    var waiting: [Int: [Graph.ValueID: ChannelSums]] = [:]
    var added = 0
    var failure: (any Error)?

    /// Adds an input's sums to the totals in the order of the inputs: what is summed does not depend on how threads share
    /// the work.
    mutating func add(_ sums: [Graph.ValueID: ChannelSums], of index: Int) {
      waiting[index] = sums
      while let next = waiting.removeValue(forKey: added) {
        for (value, sums) in next { channels[value, default: .init()].add(sums) }
        added += 1
      }
    }
  }

  /// `progress` is called with the number of inputs done, from any thread.
  package static func observe(
    _ graph: Graph, for plan: Plan, over set: CalibrationSet, threads: Int,
    progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws -> Observations {
    let (values, weighted) = (plan.observedValues, plan.weightedValues)
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
          var sums: [Graph.ValueID: ChannelSums] = [:]
          _ = try interpreter.run([input], observing: values) { value, elements in
            own[value, default: Histogram()].add(elements)
            if let tensor = weighted[value].map({ plan.tensors[$0] }) {
              sums[value] = ChannelSums(
                elements, layout: tensor.layout, channels: tensor.channels)
            }
          }
          let found = sums
          state.withLock { $0.add(found, of: index) }
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
      return Observations(
        histograms: state.histograms,
        channels: state.channels.mapValues(ChannelStatistics.init))
    }
  }
}
