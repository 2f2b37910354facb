package import SwiftletKernels
package import SwiftletProgram

/// A model made ready to run: its memory, and its threads. Everything is allocated when it is made; `run` allocates
/// nothing and cannot fail.
///
/// The logits do not depend on the number of threads, the kernel set or the machine.
///
/// A session may move from thread to thread, but has one user at a time.
public struct Session: ~Copyable, @unchecked Sendable {
  /// The model that it runs.
  public let model: Model
  /// Threads that run the model, the caller of `run` included.
  public let threads: Int
  /// The instruction set that its kernels use: `scalar`, `avx2` ...
  public var kernelSetName: String { kernelSet.name }
  package let kernelSet: KernelSet
  private let prepared: PreparedProgram
  private let keepsAllTensors: Bool
  private let inputElements: UnsafeMutableBufferPointer<Int8>
  private let outputElements: UnsafeBufferPointer<Int16>

  /// The most threads that a session may have.
  public static let maximumThreads = 256

  /// The threads that a session has if it is not told: one for each of this machine's performance cores that the process
  /// may use.
  public static var defaultThreads: Int {
    min(ProcessorCount.performanceCores, maximumThreads)
  }

  /// Makes a model ready to run.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - threads: 1...256; `defaultThreads` if nil.
  ///   - kernels: the name of a kernel set; if nil, the one that the environment's `SWIFTLET_KERNELS` names, else the best
  ///     that this machine runs.
  /// - Throws: when the kernel set is unknown or cannot run here, or memory or threads are lacking.
  public init(
    model: Model, threads: Int? = nil, kernels: String? = nil
  ) throws(SessionError) {
    let set: KernelSet
    do {
      if let kernels {
        set = try KernelSet.named(kernels)
      } else {
        set = try KernelSet.selected()
      }
    } catch {
      throw SessionError("\(error)")
    }
    try self.init(model: model, threads: threads ?? Self.defaultThreads, kernelSet: set)
  }

  /// Makes a model ready to run. With `keepsAllTensors` no memory is used twice, so that every activation can be read
  /// after a run.
  package init(
    model: Model, threads: Int, kernelSet: KernelSet, keepsAllTensors: Bool = false
  ) throws(SessionError) {
    guard (1...Self.maximumThreads).contains(threads) else {
      throw SessionError("\(threads) threads: 1 to \(Self.maximumThreads) are possible")
    }
    let prepared = try PreparedProgram(
      model: model, kernels: kernelSet, threads: threads, keepsAllTensors: keepsAllTensors)
    let input = model.program.tensors[model.program.input.tensor]
    let output = model.program.tensors[model.program.output]
    guard let inputAddress = prepared.address(of: model.program.input.tensor),
      let outputAddress = prepared.address(of: model.program.output)
    else { throw SessionError("the model's input or output is a constant") }
    inputElements = UnsafeMutableBufferPointer(
      start: inputAddress.assumingMemoryBound(to: Int8.self), count: input.rows * input.channels)
    outputElements = UnsafeBufferPointer(
      start: outputAddress.assumingMemoryBound(to: Int16.self), count: output.channels)
    self.model = model
    self.threads = threads
    self.kernelSet = kernelSet
    self.keepsAllTensors = keepsAllTensors
    self.prepared = prepared
  }

  /// Bytes of the memory that activations and threads work in.
  public var arenaBytes: Int { prepared.bytes }

  /// Bytes of what the kernel set made of the model's weights; shared by the model's sessions.
  public var preparedWeightsBytes: Int { prepared.preparedWeightsBytes }

  /// Gives access to the input, `[H, W, C]` or `[T, C]` int8 as the program's input tensor says (colour images are stored
  /// as `[H, W, 4]`: RGB0), which keeps its content from run to run. For images it is the pixel's byte minus 128.
  public mutating func withInput<Result, Failure: Error>(
    _ body: (UnsafeMutableBufferPointer<Int8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(inputElements)
  }

  /// Runs the model on the input.
  public mutating func run() {
    prepared.run()
  }

  /// Gives access to the logits of the last run, int16, one a class.
  public borrowing func withLogits<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Int16>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(outputElements)
  }

  /// A copy of the logits of the last run, int16, one a class.
  public var logits: [Int16] { Array(outputElements) }

  /// Runs the model and adds the time of each instruction to `nanoseconds`, which has one element for each.
  package mutating func run(addingTo nanoseconds: UnsafeMutableBufferPointer<UInt64>) {
    precondition(nanoseconds.count == model.program.instructions.count)
    prepared.run(nanoseconds: nanoseconds.baseAddress)
  }

  /// An activation after a run, `[rows, channels]`; only the input and the output have outlived it, unless the session
  /// keeps all tensors. nil for constants and for tensors that no instruction uses.
  package borrowing func values(of tensor: TensorID) -> [Int16]? {
    let model = self.model  // Swift 6.0.3 fails on two paths through a borrowed property
    let program = model.program
    precondition(keepsAllTensors || tensor == program.input.tensor || tensor == program.output)
    guard let address = prepared.address(of: tensor) else { return nil }
    let count = program.tensors[tensor].rows * program.tensors[tensor].channels
    switch program.tensors[tensor].type {
    case .int8:
      let elements = address.assumingMemoryBound(to: Int8.self)
      return (0..<count).map { Int16(elements[$0]) }
    case .int16:
      let elements = address.assumingMemoryBound(to: Int16.self)
      return (0..<count).map { elements[$0] }
    }
  }

  /// Writes an activation, `[rows, channels]`, of a session that keeps all tensors; not a constant. Instructions rely on
  /// what the file's validator proved of their operands, such as -127 as the smallest value that attention reads.
  package mutating func setValues(_ values: [Int16], of tensor: TensorID) {
    let it = model.program.tensors[tensor]
    precondition(keepsAllTensors && values.count == it.rows * it.channels)
    guard let address = prepared.address(of: tensor) else { return }
    switch it.type {
    case .int8:
      let elements = address.assumingMemoryBound(to: Int8.self)
      for (index, value) in values.enumerated() { elements[index] = Int8(value) }
    case .int16:
      let elements = address.assumingMemoryBound(to: Int16.self)
      for (index, value) in values.enumerated() { elements[index] = value }
    }
  }

  /// Runs one instruction on what its operands hold, in a session that keeps all tensors.
  package mutating func run(instruction: Int) {
    precondition(keepsAllTensors && model.program.instructions.indices.contains(instruction))
    prepared.run(only: instruction)
  }

  /// Runs a function once on every thread of the session, with the thread's number.
  package mutating func onEveryThread(
    _ context: UnsafeMutableRawPointer, _ body: WorkerPool.ThreadBody
  ) {
    prepared.pool.runOnEveryThread(context, body)
  }
}
