import SwiftletKernels

/// What the threads need to run a program: plain pointers, so that running allocates, counts and locks nothing.
struct Execution {
  /// One phase of an operator.
  struct Step {
    var instruction: Int
    var phase: Int
  }

  /// `[threads][instructions]`: each thread has its own, and uses them where they lie, which counts no references.
  let operators: UnsafeMutablePointer<any KernelOperator>
  let instructions: Int
  /// The phases of the operators that run.
  var steps: UnsafePointer<Step>
  let scratch: UnsafeMutableRawPointer
  let scratchBytesPerThread: Int
  let threads: Int
  /// To which the time of each instruction is added; nil where nobody asks.
  var nanoseconds: UnsafeMutablePointer<UInt64>?
  /// When the last step ended.
  var lastEnd: UInt64 = 0

  /// Runs steps on the pool's threads.
  static func run(_ execution: UnsafeMutablePointer<Execution>, steps: Int, on pool: WorkerPool) {
    if execution.pointee.nanoseconds != nil { execution.pointee.lastEnd = monotonicNanoseconds() }
    pool.run(
      steps: steps, context: execution,
      body: { context, step, part, thread in
        let it = context.assumingMemoryBound(to: Execution.self)
        let step = it.pointee.steps[step]
        let share = Share(
          part: part, of: it.pointee.threads,
          scratch: it.pointee.scratch + thread * it.pointee.scratchBytesPerThread)
        let index = thread * it.pointee.instructions + step.instruction
        runInPlace(&it.pointee.operators[index], step.phase, share)
      },
      completion: { context, step in
        let it = context.assumingMemoryBound(to: Execution.self)
        guard let clock = it.pointee.nanoseconds else { return }
        let now = monotonicNanoseconds()
        clock[it.pointee.steps[step].instruction] += now - it.pointee.lastEnd
        it.pointee.lastEnd = now
      })
  }
}

private func runInPlace(_ it: inout any KernelOperator, _ phase: Int, _ share: Share) {
  it.run(phase: phase, share: share)
}
