import SwiftletKernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Threads that run steps of work together, the caller being the first of them. A step has as many parts as there are
/// threads; each thread takes its own part, then those that no other has taken yet, so a thread that lost its core does
/// not hold up the rest. Between steps the threads look for the next for a while, then sleep.
///
/// Unchecked: `run` has one caller at a time, and what it hands to the threads is ordered by the signal and the claims.
package final class WorkerPool: @unchecked Sendable {
  /// What the threads run: a context, a step, one of its parts, and the thread that took it.
  package typealias Body =
    @convention(c) (_ context: UnsafeMutableRawPointer, _ step: Int, _ part: Int, _ thread: Int) ->
    Void
  /// What the thread that finishes a step calls before the next one begins.
  package typealias Completion =
    @convention(c) (_ context: UnsafeMutableRawPointer, _ step: Int) -> Void

  /// What every thread runs once: a context, and the thread's number.
  package typealias ThreadBody = @convention(c) (UnsafeMutableRawPointer, Int) -> Void

  /// What a thread starts with.
  private struct Worker {
    let crew: UnsafeMutablePointer<Crew>
    let thread: Int
  }

  /// The number of threads, the caller included.
  package let threads: Int
  private let crew: UnsafeMutablePointer<Crew>
  private let workers: UnsafeMutablePointer<Worker>
  private let everyThread = UnsafeMutablePointer<EveryThread>.allocate(capacity: 1)
  private var handles: [pthread_t] = []

  /// Starts `threads - 1` threads.
  package init(threads: Int) throws(SessionError) {
    self.threads = threads
    // Threads that share a core must not keep each other from running.
    let looks = threads <= ProcessorCount.allowed ? 8000 : 0
    crew = .allocate(capacity: 1)
    crew.initialize(to: Crew(threads: threads, looks: looks))
    workers = .allocate(capacity: threads)
    for thread in 1..<max(1, threads) {
      (workers + thread).initialize(to: Worker(crew: crew, thread: thread))
      var handle = pthread_t()
      let result = startThread(&handle, workers + thread, Self.main)
      guard result == 0 else {
        throw SessionError(
          "cannot start thread \(thread + 1) of \(threads): \(String(cString: strerror(result)))")
      }
      handles.append(handle)
    }
  }

  deinit {
    crew.pointee.dismiss()
    for handle in handles { pthread_join(handle, nil) }
    everyThread.deallocate()
    workers.deallocate()
    crew.deinitialize(count: 1)
    crew.deallocate()
  }

  /// Runs `body` for every part of every step, and `completion` behind every step; returns when all have run.
  package func run(
    steps: Int, context: UnsafeMutableRawPointer, body: Body, completion: Completion
  ) {
    if threads == 1 {
      for step in 0..<steps {
        body(context, step, 0, 0)
        completion(context, step)
      }
    } else {
      crew.pointee.run(steps: steps, context: context, body: body, completion: completion)
    }
  }

  /// Runs a function once on every thread, with the thread's number; returns when all have run it.
  package func runOnEveryThread(_ context: UnsafeMutableRawPointer, _ body: ThreadBody) {
    everyThread.initialize(to: EveryThread(threads: threads, context: context, body: body))
    defer { everyThread.deinitialize(count: 1) }
    run(
      steps: 1, context: everyThread,
      body: { context, _, _, thread in
        context.assumingMemoryBound(to: EveryThread.self).pointee.run(thread)
      }, completion: { _, _ in })
  }

  /// A function that no thread leaves before all have entered it, so that none takes another's part.
  private struct EveryThread: ~Copyable {
    let threads: Int
    let context: UnsafeMutableRawPointer
    let body: ThreadBody
    let arrived = Atomic<Int>(0)

    borrowing func run(_ thread: Int) {
      arrived.add(1, ordering: .relaxed)
      body(context, thread)
      while arrived.load(ordering: .relaxed) < threads { sched_yield() }
    }
  }

  /// A thread's life.
  private static let main: ThreadMain = { argument in
    guard let worker = argument?.assumingMemoryBound(to: Worker.self).pointee else { return nil }
    SystemFile.replace("/proc/thread-self/comm", with: "swiftlet-\(worker.thread)")
    worker.crew.pointee.serve(thread: worker.thread)
    return nil
  }
}
