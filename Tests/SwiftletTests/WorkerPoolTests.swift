import Foundation
import Swiftlet
import Synchronization
import Testing

/// Notes what a pool runs.
private struct Notes: ~Copyable {
  let threads: Int
  /// How often each part of each step has run, and how many parts of a step had run when the next began.
  let runs: UnsafeMutablePointer<Atomic<Int>>
  let current = Atomic<Int>(0)
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
      var notes = Notes(threads: threads, steps: steps)
      pool.run(
        steps: steps, context: &notes,
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
      #expect(notes.violations.load(ordering: .relaxed) == 0)
      #expect(notes.completed.load(ordering: .relaxed) == steps)
      for index in 0..<threads * steps {
        #expect(notes.runs[index].load(ordering: .relaxed) == 1)
      }
    }
  }

  /// A worker that lost its core: a signal handler holds it until the test lets it go, or for five seconds.
  @Test func callerDoesTheWorkOfAThreadThatIsHeldUp() throws {
    let pool = try WorkerPool(threads: 2)
    var worker = pthread_self()
    pool.runOnEveryThread(&worker) { context, thread in
      if thread == 1 { context.assumingMemoryBound(to: pthread_t.self).pointee = pthread_self() }
    }
    signal(SIGUSR1) { _ in
      isHeld.store(true, ordering: .releasing)
      for _ in 0..<50_000 where isHeld.load(ordering: .acquiring) { usleep(100) }
    }
    pthread_kill(worker, SIGUSR1)
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
