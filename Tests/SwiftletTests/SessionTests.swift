import CSwiftletTestSupport
import Glibc
import Swiftlet
import SwiftletKernels
import SwiftletProgram
import Testing

/// A small network of every kind of instruction.
func everyInstruction(seed: UInt64) -> (builder: ProgramBuilder, program: Program) {
  var builder = ProgramBuilder(seed: seed, inputRows: 16 * 16, inputChannels: 3)
  let stem = WindowCase(
    height: 16, width: 16, channels: 3, kernel: (3, 3), stride: (2, 2), pad: (0, 0, 1, 1))
  let first = builder.convolution(
    builder.operand(builder.input), outputs: 48, window: stem.window, padded: true)
  let inner = WindowCase(height: 8, width: 8, channels: 48, kernel: (3, 3), pad: (1, 1, 1, 1))
  let second = builder.depthwise(
    builder.operand(first), window: inner.window, padded: true,
    epilogue: Epilogue(
      residual: .init(operand: builder.operand(first), multiplier: 9000), table: builder.table()))
  let active = builder.tensor(64, 48)
  builder.append(
    .lookup(
      Lookup(
        name: "lookup", input: builder.operand(second), output: active, table: builder.table())))
  let gated = builder.tensor(64, 48)
  builder.append(
    .multiply(
      Multiply(
        name: "multiply", left: builder.operand(active), right: builder.operand(first),
        output: gated, rule: .init(bias: 5, multiplier: 20000, shift: 1), low: -128, high: 127)))
  let summed = builder.tensor(64, 48)
  builder.append(
    .add(
      Add(
        name: "add", left: builder.operand(gated), right: builder.operand(first), output: summed,
        leftMultiplier: 8000, rightMultiplier: 8000, low: -128, high: 127)))
  let pooled = builder.tensor(64, 48, zeroPoint: builder.zeroPoint(of: summed))
  builder.append(
    .maxPool(
      MaxPool(
        name: "maxPool", input: builder.operand(summed), output: pooled, window: inner.window)))
  let stream = builder.convolution(builder.operand(pooled), outputs: 48, type: .int16)
  let normal = builder.layerNorm(builder.operand(stream))
  let mixed = builder.attention(
    AttentionShape(heads: 3, queryTokens: 64, keyTokens: 64, depth: 16, channels: 16))
  let joined = builder.tensor(64, 48, zeroPoint: builder.zeroPoint(of: normal))
  let offsets = (0..<64).map { Int32($0 * 48) }.reversed()
  builder.append(
    .gather(
      Gather(
        name: "gather", inputs: [normal], output: joined, run: 48,
        offsets: builder.store(DataTensor(Array(offsets))), sources: nil)))
  let next = builder.convolution(
    builder.operand(joined), outputs: 48, type: .int16,
    epilogue: Epilogue(residual: .init(operand: builder.operand(stream), multiplier: 0)))
  let narrow = builder.tensor(64, 48)
  let magnitudes = Array(repeating: 256.0 * 3000, count: 48)
  builder.append(
    .requantize(
      Requantize(
        name: "requantize", input: builder.operand(next), output: narrow,
        rule: builder.rule(magnitudes: magnitudes))))
  let last = builder.convolution(
    builder.operand(narrow), outputs: 48,
    epilogue: Epilogue(residual: .init(operand: builder.operand(mixed), multiplier: 9000)))
  let program = builder.finish(last)
  return (builder, program)
}

func model(_ builder: ProgramBuilder, _ program: Program, labels: [String] = []) throws -> Model {
  try Model(bytes: ModelFileWriter.encode(program: program, data: builder.data, labels: labels))
}

/// What every thread of a session notes down: one number each.
final class ThreadNotes {
  private let numbers = UnsafeMutablePointer<Int64>.allocate(capacity: Session.maximumThreads)

  init() { numbers.initialize(repeating: 0, count: Session.maximumThreads) }

  deinit { numbers.deallocate() }

  subscript(thread: Int) -> Int64 { numbers[thread] }

  /// Has every thread write its number.
  func take(
    _ session: inout Session, _ body: @convention(c) (UnsafeMutableRawPointer, Int) -> Void
  ) {
    session.onEveryThread(numbers, body)
  }
}

@Suite struct SessionTests {
  @Test(arguments: 0..<4 as Range<UInt64>) func networkMatchesReference(seed: UInt64) throws {
    var (builder, program) = everyInstruction(seed: seed)
    let input = builder.inputValues()
    let reference = Reference(program: program, data: builder.data, input: input)
    let model = try model(builder, program)
    for set in KernelSet.available {
      for threads in 1...4 {
        var session = try Session(model: model, threads: threads, kernelSet: set)
        session.withInput { _ = $0.update(fromContentsOf: input) }
        // The input is not consumed, and nothing of a run is left for the next.
        for _ in 0..<3 {
          session.run()
          #expect(session.logits.map { Int($0) } == reference.values[program.output])
        }
      }
    }
  }

  @Test(
    .enabled(if: swl_test_counts_allocations()),
    arguments: KernelSet.available.map(\.name), 1...3)
  func runningAllocatesNothing(set: String, threads: Int) throws {
    let (builder, program) = everyInstruction(seed: 1)
    var session = try Session(model: model(builder, program), threads: threads, kernels: set)
    let (before, after) = (ThreadNotes(), ThreadNotes())
    session.run()
    before.take(&session) {
      $0.assumingMemoryBound(to: Int64.self)[$1] = swl_test_allocations()
    }
    for _ in 0..<10 { session.run() }
    after.take(&session) {
      $0.assumingMemoryBound(to: Int64.self)[$1] = swl_test_allocations()
    }
    for thread in 0..<threads { #expect(before[thread] == after[thread], "thread \(thread)") }
  }

  @Test(.enabled(if: swl_test_counts_allocations()))
  func allocationsAreCounted() {
    let start = swl_test_allocations()
    let array = Array(repeating: start, count: 100)
    withExtendedLifetime(array) {
      #expect(swl_test_allocations() > start)
    }
  }

  @Test(arguments: KernelSet.available.map(\.name), 1...3)
  func runningUsesNoFloatingPoint(set: String, threads: Int) throws {
    let (builder, program) = everyInstruction(seed: 2)
    var session = try Session(model: model(builder, program), threads: threads, kernels: set)
    let notes = ThreadNotes()
    notes.take(&session) { _, _ in swl_test_clear_float_flags() }
    session.run()
    notes.take(&session) {
      $0.assumingMemoryBound(to: Int64.self)[$1] = Int64(swl_test_float_flags())
    }
    for thread in 0..<threads { #expect(notes[thread] == 0, "thread \(thread)") }
    notes.take(&session) {
      _ = swl_test_inexact(1.0 / 3)
      $0.assumingMemoryBound(to: Int64.self)[$1] = Int64(swl_test_float_flags())
    }
    for thread in 0..<threads { #expect(notes[thread] != 0, "the flags of thread \(thread)") }
  }

  @Test func timesAreAddedUp() throws {
    let (builder, program) = everyInstruction(seed: 3)
    var session = try Session(model: model(builder, program), threads: 2)
    var times = [UInt64](repeating: 0, count: program.instructions.count)
    times.withUnsafeMutableBufferPointer { session.run(addingTo: $0) }
    let once = times
    times.withUnsafeMutableBufferPointer { session.run(addingTo: $0) }
    #expect(once.allSatisfy { $0 > 0 } && zip(times, once).allSatisfy { $0 > $1 })
  }

  /// One by one the instructions do what they do together, and each works on what its operands hold at the time.
  @Test func instructionsRunAlone() throws {
    var (builder, program) = everyInstruction(seed: 7)
    let input = builder.inputValues()
    let reference = Reference(program: program, data: builder.data, input: input)
    var session = try Session(
      model: model(builder, program), threads: 1, kernelSet: .available[0], keepsAllTensors: true)
    session.withInput { _ = $0.update(fromContentsOf: input) }
    for (index, instruction) in program.instructions.enumerated() {
      session.run(instruction: index)
      let output = instruction.body.output
      let values = session.values(of: output) ?? []
      #expect(values.map { Int($0) } == reference.values[output], "instruction \(index)")
      let other = values.map { _ in Int16(1) }
      session.setValues(other, of: output)
      #expect(session.values(of: output) == other)
      session.run(instruction: index)
      #expect(session.values(of: output) == values)
    }
    #expect(session.logits.map { Int($0) } == reference.values[program.output])
  }

  @Test func describesItself() throws {
    let (builder, program) = everyInstruction(seed: 4)
    let labels = (0..<48).map { "class \($0)" }
    let model = try model(builder, program, labels: labels)
    #expect(model.labels == labels && model.outputCount == 48)
    #expect(model.weightsBytes >= builder.data.values.reduce(0) { $0 + $1.bytes.count })
    let session = try Session(model: model)
    #expect(session.threads == Session.defaultThreads && session.threads >= 1)
    #expect(session.arenaBytes > 256 * 48)
    let kept = try Session(
      model: model, threads: 1, kernelSet: .available[0], keepsAllTensors: true)
    let single = try Session(model: model, threads: 1)
    #expect(single.arenaBytes < kept.arenaBytes)
    // 3 x 3 x 3 and one by one, pixel by pixel.
    #expect(program.instructions[0].body.macs(in: program) == 64 * 48 * 27)
    #expect(program.macs > program.instructions[0].body.macs(in: program))
  }

  @Test func refusesWhatCannotRun() throws {
    let (builder, program) = everyInstruction(seed: 5)
    let model = try model(builder, program)
    for threads in [-1, 0, 257] {
      #expect(throws: SessionError.self) { _ = try Session(model: model, threads: threads) }
    }
    #expect(throws: SessionError.self) { _ = try Session(model: model, kernels: "abacus") }
  }

  @Test func manySessionsComeAndGo() throws {
    var (builder, program) = everyInstruction(seed: 6)
    let model = try model(builder, program)
    let input = builder.inputValues()
    var results: Set<[Int16]> = []
    for round in 0..<60 {
      var session = try Session(model: model, threads: 1 + round % 6)
      session.withInput { _ = $0.update(fromContentsOf: input) }
      for _ in 0..<round % 4 { session.run() }
      if round % 4 > 0 { results.insert(session.logits) }
    }
    #expect(results.count == 1)
  }
}
