import SwiftletKernels
import SwiftletProgram

/// A program's operators, the memory that they work in, and the threads that run them.
struct PreparedProgram: ~Copyable {
  let layout: ProgramLayout
  /// Bytes of the prepared weights that operators' addresses lead to; the model holds them.
  let preparedWeightsBytes: Int
  let pool: WorkerPool
  /// The activations, what threads share, and the addresses of tensors that are read whole.
  private let arena: Arena
  /// What each thread has to itself.
  private let scratch: Arena
  private let operators: UnsafeMutablePointer<any KernelOperator>
  /// The phases of all operators, and where those of each begin.
  private let steps: UnsafeMutablePointer<Execution.Step>
  private let firstSteps: [Int]
  private let execution: UnsafeMutablePointer<Execution>

  init(
    model: Model, kernels: KernelSet, threads: Int, keepsAllTensors: Bool
  ) throws(SessionError) {
    let addressBytes = model.program.addressBytes
    let addresses = UnsafeMutableRawPointer.allocate(byteCount: addressBytes, alignment: 64)
    defer { addresses.deallocate() }
    let unplaced = try model.operators(
      kernels: kernels, threads: threads, layout: ProgramLayout(unplaced: model.program),
      arena: addresses, preparedWeights: nil)
    let weights = try model.preparedWeights(for: kernels) { () throws(SessionError) in
      try PreparedWeights(of: unplaced)
    }
    let layout = ProgramLayout(
      of: model.program, sharedBytes: unplaced.map(\.sharedBytes),
      keepsAllTensors: keepsAllTensors)
    let arena = try Arena(bytes: layout.bytes + addressBytes)
    let prepared = try model.operators(
      kernels: kernels, threads: threads, layout: layout, arena: arena.base,
      preparedWeights: weights)
    // A page apart, so that no two threads write to one cache line.
    let scratchBytes = prepared.reduce(0) { max($0, $1.scratchBytesPerThread) }
      .roundedUp(to: 4096)
    let scratch = try Arena(bytes: scratchBytes * threads)
    let pool = try WorkerPool(threads: threads)

    operators = .allocate(capacity: threads * prepared.count)
    for thread in 0..<threads {
      (operators + thread * prepared.count).initialize(from: prepared, count: prepared.count)
    }
    let phases = prepared.enumerated().flatMap { index, it in
      (0..<it.phases).map { Execution.Step(instruction: index, phase: $0) }
    }
    steps = .allocate(capacity: phases.count)
    steps.initialize(from: phases, count: phases.count)
    firstSteps = prepared.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.phases) }
    execution = .allocate(capacity: 1)
    execution.initialize(
      to: Execution(
        operators: operators, instructions: prepared.count, steps: UnsafePointer(steps),
        scratch: scratch.base,
        scratchBytesPerThread: scratchBytes, threads: threads))
    self.layout = layout
    preparedWeightsBytes = weights.bytes
    self.pool = pool
    self.arena = arena
    self.scratch = scratch
  }

  deinit {
    let it = execution.pointee
    operators.deinitialize(count: it.threads * it.instructions)
    execution.deallocate()
    steps.deallocate()
    operators.deallocate()
  }

  /// Bytes of the memory that the model works in, all threads together.
  var bytes: Int { arena.bytes + scratch.bytes }

  /// Where a tensor lies; nil for constants.
  func address(of tensor: TensorID) -> UnsafeMutableRawPointer? {
    layout.tensorOffsets[tensor].map { arena.base + $0 }
  }

  /// Runs all instructions, or only one, and adds the time of each to `nanoseconds`.
  func run(only instruction: Int? = nil, nanoseconds: UnsafeMutablePointer<UInt64>? = nil) {
    let first = instruction ?? 0
    let end = instruction.map { $0 + 1 } ?? firstSteps.count - 1
    let range = firstSteps[first]..<firstSteps[end]
    execution.pointee.steps = UnsafePointer(steps + range.lowerBound)
    execution.pointee.nanoseconds = nanoseconds
    Execution.run(execution, steps: range.count, on: pool)
  }
}

extension Program {
  /// Bytes of the addresses of the tensors that the instructions read whole.
  fileprivate var addressBytes: Int {
    instructions.reduce(0) { $0 + $1.body.inputs.count } * MemoryLayout<UnsafeRawPointer?>.stride
  }
}

extension Model {
  /// One operator for each instruction. `arena` holds what the layout places, and behind it the addresses of tensors that are
  /// read whole; `preparedWeights` is nil where operators are bound only to find out what they need.
  fileprivate func operators(
    kernels: KernelSet, threads: Int, layout: ProgramLayout, arena: UnsafeMutableRawPointer,
    preparedWeights: PreparedWeights?
  ) throws(SessionError) -> [any KernelOperator] {
    var memory = Binding(
      kernels: kernels, threads: threads, program: program, file: data.file,
      tensors: layout.tensorOffsets.map { $0.map { arena + $0 } }, shared: arena,
      inputs: (arena + layout.bytes).assumingMemoryBound(to: UnsafeRawPointer?.self))
    do throws(ModelFileError) {
      var operators: [any KernelOperator] = []
      for (step, instruction) in program.instructions.enumerated() {
        memory.shared = arena + layout.sharedOffsets[step]
        memory.preparedWeights = preparedWeights?.address(of: step)
        operators.append(try instruction.bound(to: memory))
        memory.inputs += instruction.body.inputs.count
      }
      return operators
    } catch {
      throw SessionError("\(error)")
    }
  }
}
