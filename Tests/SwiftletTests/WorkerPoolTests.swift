import Foundation
import Swiftlet
import Synchronization
import Testing

/// Notes what a pool runs.
private struct Notes: ~Copyable {
  let threads: Int
  /// How often each part of each step has run.
  let runs: UnsafeMutablePointer<Atomic<Int>>
  /// Parts and completions that came before their time.
  let violations = Atomic<Int>(0)
  let completed = Atomic<Int>(0)

  init(threads: Int, steps: Int) {
    self.threads = threads
    runs = .allocate(capacity: threads * steps)
    for index in 0..<threads * steps { (runs + index).initialize(to: Atomic(0)) }
  }

  deinit { runs.deallocate() }
}

private let isHeld = Atomic<Bool>(false)

@Suite struct WorkerPoolTests {
  @Test(arguments: [1, 2, 3, 8])
  func everyPartOfEveryStepRunsOnceAndInOrder(threads: Int) throws {
    let pool = try WorkerPool(threads: threads)
    for steps in [1, 2, 300] {
      let notes = UnsafeMutablePointer<Notes>.allocate(capacity: 1)
      notes.initialize(to: Notes(threads: threads, steps: steps))
      defer {
        notes.deinitialize(count: 1)
        notes.deallocate()
      }
      pool.run(
        steps: steps, context: notes,
        body: { context, step, part, _ in
          let notes = context.assumingMemoryBound(to: Notes.self)
          if notes.pointee.completed.load(ordering: .relaxed) != step {
            notes.pointee.violations.add(1, ordering: .relaxed)
          }
          notes.pointee.runs[step * notes.pointee.threads + part].add(1, ordering: .relaxed)
        },
        completion: { context, step in
          let notes = context.assumingMemoryBound(to: Notes.self)
          if notes.pointee.completed.add(1, ordering: .relaxed).newValue != step + 1 {
            notes.pointee.violations.add(1, ordering: .relaxed)
          }
        })
      #expect(notes.pointee.violations.load(ordering: .relaxed) == 0)
      #expect(notes.pointee.completed.load(ordering: .relaxed) == steps)
      for index in 0..<threads * steps {
        #expect(notes.pointee.runs[index].load(ordering: .relaxed) == 1)
      }
    }
  }

  private struct Worker {
    var handle = pthread_self()
    /// Where the kernel tells of it: PROCESS/task/THREAD.
    var folder: String?

    /// Whether it waits in the kernel.
    var isAsleep: Bool {
      get throws {
        let folder = try #require(folder)
        return try String(contentsOfFile: "/proc/\(folder)/stat", encoding: .utf8).contains(") S ")
      }
    }
  }

  /// A worker that lost its core: a signal handler holds it until the test lets it go, or gives up.
  @Test func callerDoesTheWorkOfAThreadThatIsHeldUp() throws {
    let pool = try WorkerPool(threads: 2)
    var worker = Worker()
    pool.runOnEveryThread(&worker) { context, thread in
      guard thread == 1 else { return }
      context.assumingMemoryBound(to: Worker.self).pointee = Worker(
        folder: try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self"))
      // The test runs on a thread that blocks signals, and threads inherit that.
      var signals = sigset_t()
      sigemptyset(&signals)
      sigaddset(&signals, SIGUSR1)
      pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }
    // One that does not sleep yet might be held with the mutex of those that do.
    while try !worker.isAsleep { usleep(100) }
    signal(SIGUSR1) { _ in
      isHeld.store(true, ordering: .releasing)
      for _ in 0..<1_000_000 where isHeld.load(ordering: .acquiring) { usleep(100) }
    }
    pthread_kill(worker.handle, SIGUSR1)
    while !isHeld.load(ordering: .acquiring) { usleep(100) }
    var partsOfThreads = [0, 0]
    partsOfThreads.withUnsafeMutableBufferPointer { parts in
      guard let base = parts.baseAddress else { return }
      pool.run(
        steps: 10, context: base,
        body: { context, _, _, thread in context.assumingMemoryBound(to: Int.self)[thread] += 1 },
        completion: { _, _ in })
    }
    isHeld.store(false, ordering: .releasing)
    #expect(partsOfThreads == [20, 0])
  }

  @Test func everyThreadRunsOnce() throws {
    let pool = try WorkerPool(threads: 5)
    for _ in 0..<50 {
      var runs = [Int](repeating: 0, count: 5)
      runs.withUnsafeMutableBufferPointer { runs in
        guard let base = runs.baseAddress else { return }
        pool.runOnEveryThread(base) { $0.assumingMemoryBound(to: Int.self)[$1] += 1 }
      }
      #expect(runs == [1, 1, 1, 1, 1])
    }
  }
}
