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
    var sums: [Graph.ValueID: [Int: ChannelSums]] = [:]
    var failure: (any Error)?
  }

  /// `progress` is called with the number of inputs done, from any thread.
  package static func observe(
    _ graph: Graph, for plan: Plan, over set: CalibrationSet, threads: Int,
    progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws -> Observations {
    let (values, layerInputs) = (plan.observedValues, plan.layerInputs)
    let interpreter = try Interpreter(graph, threads: 1)
    let state = Mutex(State())
    DispatchQueue.concurrentPerform(iterations: max(1, threads)) { _ in
      var own: [Graph.ValueID: Histogram] = [:]
      var ownSums: [Graph.ValueID: [Int: ChannelSums]] = [:]
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
            if let tensor = layerInputs[value].map({ plan.tensors[$0] }) {
              ownSums[value, default: [:]][index] = ChannelSums(
                elements, layout: tensor.layout, channels: tensor.channels)
            }
          }
        } catch {
          state.withLock { $0.failure = $0.failure ?? error }
        }
        progress(index + 1)
      }
      let (gathered, sums) = (own, ownSums)
      state.withLock { state in
        for (value, histogram) in gathered {
          state.histograms[value, default: Histogram()].merge(histogram)
        }
        for (value, inputs) in sums { state.sums[value, default: [:]].merge(inputs) { $1 } }
      }
    }
    return try state.withLock { state in
      if let failure = state.failure { throw failure }
      return Observations(
        histograms: state.histograms,
        channels: state.sums.mapValues { inputs in
          ChannelStatistics(inputs.sorted { $0.key < $1.key }.map(\.value))
        })
    }
  }
}
