import Dispatch
import Synchronization

/// Work on many items by several threads.
package enum Parallel {
  private struct State<Result: Sendable>: Sendable {
    var next = 0
    var results: [Result?]
    var failure: (any Error)?
  }

  /// The results of `work` for 0..<count, in order. Each thread makes a worker of its own; the first error ends it all.
  package static func map<Result: Sendable, Worker>(
    count: Int, threads: Int, worker: @Sendable () throws -> Worker,
    work: @Sendable (Worker, Int) throws -> Result
  ) throws -> [Result] {
    let state = Mutex(State<Result>(results: Array(repeating: nil, count: count)))
    DispatchQueue.concurrentPerform(iterations: max(1, min(threads, count))) { _ in
      do {
        let own = try worker()
        while let index = state.withLock({ state -> Int? in
          guard state.failure == nil, state.next < count else { return nil }
          defer { state.next += 1 }
          return state.next
        }) {
          let result = try work(own, index)
          state.withLock { $0.results[index] = result }
        }
      } catch {
        state.withLock { $0.failure = $0.failure ?? error }
      }
    }
    return try state.withLock { state in
      if let failure = state.failure { throw failure }
      return state.results.compactMap { $0 }
    }
  }
}
