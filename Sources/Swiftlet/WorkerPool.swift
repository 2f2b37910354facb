#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Threads that run one function together, the caller being the first of them. Between two runs they look for the next
/// for a while, then sleep.
///
/// Unchecked: `run` has one caller at a time, and what it hands to the threads is ordered by the signal and the barrier.
package final class WorkerPool: @unchecked Sendable {
  /// What the threads run: a context, and the thread's number.
  package typealias Body = @convention(c) (UnsafeMutableRawPointer, Int) -> Void

  /// What the threads share.
  private struct Shared: ~Copyable {
    let start: Signal
    let barrier: Barrier
    var body: Body?
    var context: UnsafeMutableRawPointer?
  }

  /// What a thread starts with.
  private struct Worker {
    let shared: UnsafeMutablePointer<Shared>
    let part: Int
  }

  /// The number of threads, the caller included.
  package let threads: Int
  private let shared: UnsafeMutablePointer<Shared>
  private let workers: UnsafeMutablePointer<Worker>
  private var handles: [pthread_t] = []

  /// Starts `threads - 1` threads.
  package init(threads: Int) throws(SessionError) {
    self.threads = threads
    // Threads that share a core must not keep each other from running.
    let looks = threads <= ProcessorCount.allowed ? 8000 : 0
    shared = .allocate(capacity: 1)
    shared.initialize(
      to: Shared(
        start: Signal(looks: looks),
        barrier: Barrier(threads: threads, looks: looks)))
    workers = .allocate(capacity: threads)
    for part in 1..<max(1, threads) {
      (workers + part).initialize(to: Worker(shared: shared, part: part))
      var handle = pthread_t()
      let result = pthread_create(&handle, nil, Self.main, workers + part)
      guard result == 0 else {
        throw SessionError(
          "cannot start thread \(part + 1) of \(threads): \(String(cString: strerror(result)))")
      }
      handles.append(handle)
    }
  }

  deinit {
    shared.pointee.body = nil
    shared.pointee.start.advance()
    for handle in handles { pthread_join(handle, nil) }
    workers.deallocate()
    shared.deinitialize(count: 1)
    shared.deallocate()
  }

  /// Runs `body` once on every thread, and returns when all have finished.
  package func run(_ body: Body, _ context: UnsafeMutableRawPointer) {
    shared.pointee.body = body
    shared.pointee.context = context
    shared.pointee.start.advance()
    body(context, 0)
    shared.pointee.barrier.meet()
  }

  /// Where the threads that run a body wait for each other.
  struct Meeting {
    private let shared: UnsafeMutablePointer<Shared>

    fileprivate init(pool: WorkerPool) { shared = pool.shared }

    /// Returns when all threads have called it.
    func meet() { shared.pointee.barrier.meet() }
  }

  /// For the body's use.
  var meeting: Meeting { Meeting(pool: self) }

  /// A thread's life.
  private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
    argument in
    guard let worker = argument?.assumingMemoryBound(to: Worker.self).pointee else { return nil }
    SystemFile.replace("/proc/thread-self/comm", with: "swiftlet-\(worker.part)")
    var seen = 0
    while true {
      worker.shared.pointee.start.wait(while: seen)
      seen += 1
      guard let body = worker.shared.pointee.body, let context = worker.shared.pointee.context
      else { return nil }
      body(context, worker.part)
      worker.shared.pointee.barrier.meet()
    }
  }
}
