import Synchronization

/// What the threads of a pool share: the step that they are at, and who has taken which of its parts.
///
/// Steps are numbered through all runs. A part's claim holds the last step of which it was taken; a step ends when all its
/// parts have run, so every claim is one step behind until it is taken, and a thread that wakes up late can take nothing
/// that has passed.
struct Crew: ~Copyable {
  /// A claim has a cache line to itself.
  private struct Claim: ~Copyable {
    let step = Atomic<Int>(-1)
    private let padding: (Int, Int, Int, Int, Int, Int, Int) = (0, 0, 0, 0, 0, 0, 0)
  }

  /// What is to be run: written between runs only.
  private struct Job {
    /// The number of the run's first step.
    var first: Int
    var context: UnsafeMutableRawPointer
    var body: WorkerPool.Body
    var completion: WorkerPool.Completion
  }

  private let threads: Int
  private let claims: UnsafeMutablePointer<Claim>
  /// Counts the steps: its value is the current one.
  private let clock: Signal
  /// The step at which the current run ends; nothing is to be done at it.
  private let end = Atomic<Int>(0)
  private let finishedParts = Atomic<Int>(0)
  private let isDismissed = Atomic<Bool>(false)
  private let job: UnsafeMutablePointer<Job>

  init(threads: Int, looks: Int) {
    self.threads = threads
    clock = Signal(looks: looks)
    job = .allocate(capacity: 1)
    claims = .allocate(capacity: threads)
    for part in 0..<threads { (claims + part).initialize(to: Claim()) }
  }

  deinit {
    claims.deinitialize(count: threads)
    claims.deallocate()
    job.deallocate()
  }

  /// Runs steps with the caller as thread 0.
  func run(
    steps: Int, context: UnsafeMutableRawPointer, body: WorkerPool.Body,
    completion: WorkerPool.Completion
  ) {
    let idle = clock.value
    let first = idle + 1
    job.initialize(
      to: Job(first: first, context: context, body: body, completion: completion))
    // Before the end moves: a thread that still looks at the idle step must find it taken.
    for part in 0..<threads { claims[part].step.store(idle, ordering: .releasing) }
    end.store(first + steps, ordering: .releasing)
    clock.advance()
    while true {
      let step = takeParts(thread: 0)
      if step == first + steps { return }
      clock.wait(while: step)
    }
  }

  /// A worker's life, until it is dismissed.
  func serve(thread: Int) {
    while true {
      let step = takeParts(thread: thread)
      if isDismissed.load(ordering: .acquiring) { return }
      clock.wait(while: step)
    }
  }

  /// Sends the workers home; nothing may run.
  func dismiss() {
    isDismissed.store(true, ordering: .releasing)
    clock.advance()
  }

  /// Runs what can be taken, its own parts first; returns the step at which nothing was left.
  private func takeParts(thread: Int) -> Int {
    while true {
      let step = clock.value
      guard step < end.load(ordering: .acquiring) else { return step }
      var tookAny = false
      for offset in 0..<threads {
        let part = thread + offset < threads ? thread + offset : thread + offset - threads
        if take(part, of: step) {
          tookAny = true
          finish(part, of: step, thread)
        }
      }
      if !tookAny { return step }
    }
  }

  private func take(_ part: Int, of step: Int) -> Bool {
    claims[part].step.load(ordering: .relaxed) == step - 1
      && claims[part].step.compareExchange(
        expected: step - 1, desired: step, ordering: .acquiringAndReleasing
      ).exchanged
  }

  private func finish(_ part: Int, of step: Int, _ thread: Int) {
    let job = job.pointee
    job.body(job.context, step - job.first, part, thread)
    guard finishedParts.add(1, ordering: .acquiringAndReleasing).newValue == threads else { return }
    finishedParts.store(0, ordering: .relaxed)
    job.completion(job.context, step - job.first)
    clock.advance()
  }
}
