import SwiftletProgram

/// Where a program's activations, and what its operators share between threads, lie in the arena.
struct ProgramLayout {
  /// By tensor; nil for constants, which stay in the file.
  let tensorOffsets: [Int?]
  /// By instruction: where its shared memory starts.
  let sharedOffsets: [Int]
  /// Bytes of the whole.
  let bytes: Int

  /// Everything at one place: for operators that are bound only to find out what they need.
  init(unplaced program: Program) {
    tensorOffsets = Array(repeating: 0, count: program.tensors.count)
    sharedOffsets = Array(repeating: 0, count: program.instructions.count)
    bytes = 0
  }

  /// Plans a program whose operators share these bytes each. The input and the output keep their place and content for
  /// the whole run, and so does every tensor where `keepsAllTensors`.
  init(of program: Program, sharedBytes: [Int], keepsAllTensors: Bool) {
    let end = max(0, program.instructions.count - 1)
    var steps = [ClosedRange<Int>?](repeating: nil, count: program.tensors.count)
    func use(_ tensor: TensorID, in range: ClosedRange<Int>) {
      let old = steps[tensor] ?? range
      steps[tensor] =
        min(old.lowerBound, range.lowerBound)...max(old.upperBound, range.upperBound)
    }
    use(program.input.tensor, in: 0...end)
    for (step, instruction) in program.instructions.enumerated() {
      for tensor in instruction.body.reads + [instruction.body.output] {
        use(tensor, in: keepsAllTensors ? 0...end : step...step)
      }
    }
    use(program.output, in: end...end)

    var requests: [ArenaPlan.Request] = []
    var requestOfTensor = [Int?](repeating: nil, count: program.tensors.count)
    for (id, tensor) in program.tensors.enumerated() where tensor.constant == nil {
      guard let range = steps[id] else { continue }
      requestOfTensor[id] = requests.count
      requests.append(.init(bytes: tensor.elementCount * tensor.type.size, steps: range))
    }
    let firstShared = requests.count
    for (step, bytes) in sharedBytes.enumerated() {
      requests.append(.init(bytes: bytes, steps: step...step))
    }
    let plan = ArenaPlan(requests)
    tensorOffsets = requestOfTensor.map { $0.map { plan.offsets[$0] } }
    sharedOffsets = Array(plan.offsets[firstShared...])
    bytes = plan.bytes
  }
}
