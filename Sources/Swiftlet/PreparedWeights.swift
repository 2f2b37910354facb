import SwiftletKernels

/// What a kernel set found out about a model's weights once and for all; shared by the model's sessions.
///
/// Unchecked: the memory is never written after initialisation.
final class PreparedWeights: @unchecked Sendable {
  /// Bytes of it.
  let bytes: Int
  private let memory: Arena
  /// Where each instruction's begins; nil where there is nothing.
  private let offsets: [Int?]

  /// Prepares the weights of these operators.
  init(of operators: [any KernelOperator]) throws(SessionError) {
    var offsets: [Int?] = []
    var end = 0
    for it in operators {
      let bytes = it.prepareWeights(into: nil)
      offsets.append(bytes > 0 ? end : nil)
      end += bytes.roundedUp(to: 64)
    }
    memory = try Arena(bytes: end)
    for (it, offset) in zip(operators, offsets) {
      if let offset { _ = it.prepareWeights(into: memory.base + offset) }
    }
    self.offsets = offsets
    bytes = end
  }

  /// What was prepared for an instruction; nil for nothing.
  func address(of instruction: Int) -> UnsafeRawPointer? {
    offsets[instruction].map { UnsafeRawPointer(memory.base + $0) }
  }
}
