import SwiftletKernels
public import SwiftletProgram
import Synchronization

/// A model read from a `.swiftlet` file: checked once, immutable, and shared by any number of sessions.
public final class Model: Sendable {
  /// One a class, in the order of the logits; empty where the file has none.
  public let labels: [String]
  /// What the file says about itself besides: `source_sha256`, `converter` ...
  public let metadata: [String: String]
  /// Bytes of weights and tables.
  public let weightsBytes: Int
  /// The instructions.
  package let program: Program
  let data: ModelData
  private let memory: ModelMemory
  /// By kernel set.
  private let preparedWeights = Mutex<[String: PreparedWeights]>([:])

  /// Reads a file into memory and checks it. What becomes of the file then does not matter.
  ///
  /// - Parameter path: where the file is.
  /// - Throws: what is wrong with the file, in one line.
  public convenience init(contentsOf path: String) throws(ModelFileError) {
    let memory = try ModelMemory.reading(path: path)
    do {
      try self.init(memory: memory)
    } catch {
      throw ModelFileError("\(path): \(error)")
    }
  }

  /// Copies a file that is in memory and checks it.
  ///
  /// - Parameter bytes: the whole file.
  /// - Throws: what is wrong with the file, in one line.
  public convenience init(bytes: [UInt8]) throws(ModelFileError) {
    try self.init(memory: ModelMemory.copying(bytes))
  }

  private init(memory: consuming ModelMemory) throws(ModelFileError) {
    let file = try ModelFile(validating: memory.bytes)
    labels = file.labels
    metadata = file.metadata
    program = file.program
    data = ModelData(file: file)
    weightsBytes = file.dataNames.reduce(0) { $0 + (file.data($1)?.bytes.count ?? 0) }
    self.memory = memory
  }

  /// What a kernel set made of the weights, once for all sessions.
  func preparedWeights(
    for kernels: KernelSet, prepare: () throws(SessionError) -> PreparedWeights
  ) throws(SessionError) -> PreparedWeights {
    try preparedWeights.withLock { known throws(SessionError) in
      if let weights = known[kernels.name] { return weights }
      let weights = try prepare()
      known[kernels.name] = weights
      return weights
    }
  }

  /// Real values of one step of a tensor: one by channel, or one for all.
  package func scales(of tensor: TensorID) -> [Float] {
    let described = program.tensors[tensor]
    guard let view = described.scales.flatMap(data.file.data) else { return [described.scale] }
    return Array(view.elements(as: Float.self).prefix(described.channels))
  }

  /// The smallest integer that a tensor can hold.
  package func lowest(of tensor: TensorID) -> Int { data.file.lowest[tensor] }

  /// What the model takes.
  public var input: Input { program.input }

  /// The number of logits.
  public var outputCount: Int { program.tensors[program.output].channels }

  /// What the outputs are; logits where the file does not say.
  public var outputMeaning: OutputMeaning {
    metadata["output"].flatMap(OutputMeaning.init) ?? .logits
  }

  /// Real value of one step of the logits; the arithmetic never reads it.
  public var logitScale: Float { program.tensors[program.output].scale }
}

/// The file's tensors.
///
/// Unchecked: they are views of the model's memory, which is never written and lives as long as the model.
struct ModelData: @unchecked Sendable {
  let file: ModelFile
}
