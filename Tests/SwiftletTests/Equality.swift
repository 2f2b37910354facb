import Swiftlet
import SwiftletKernels
import SwiftletProgram
import Testing

/// Checks that a program gives what the reference gives, with every kernel set and with 1, 2 and 3 threads: every
/// activation where all are kept, the logits where memory is used again.
func expectReference(
  _ builder: inout ProgramBuilder, _ last: TensorID,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let program = builder.finish(last)
  let input = builder.inputValues()
  let reference = Reference(program: program, data: builder.data, input: input)
  // An output that is the same everywhere would equal too much.
  let distinct = Set(reference.values[last]).count
  #expect(distinct >= min(16, reference.values[last].count / 4), sourceLocation: sourceLocation)
  let model = try Model(
    bytes: ModelFileWriter.encode(program: program, data: builder.data, labels: []))
  for set in KernelSet.available {
    for threads in 1...3 {
      for keepsAllTensors in [true, false] {
        var session = try Session(
          model: model, threads: threads, kernelSet: set, keepsAllTensors: keepsAllTensors)
        session.withInput { _ = $0.update(fromContentsOf: input) }
        session.run()
        let tensors = keepsAllTensors ? Array(program.tensors.indices) : [program.output]
        for id in tensors where program.tensors[id].constant == nil {
          let found = session.values(of: id)?.map { Int($0) } ?? []
          let channels = program.tensors[id].channels
          let difference = zip(found, reference.values[id]).enumerated().first { $1.0 != $1.1 }
          #expect(
            difference == nil && found.count == reference.values[id].count,
            """
            \(set.name), \(threads) threads: tensor \(id) at row \((difference?.offset ?? 0) / channels), channel \
            \((difference?.offset ?? 0) % channels)
            """,
            sourceLocation: sourceLocation)
        }
      }
    }
  }
}
