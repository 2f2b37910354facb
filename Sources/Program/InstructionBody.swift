/// What an instruction says of itself: all that validator, runtime, converter and texts know of it, but for its operator.
package protocol InstructionBody: Sendable {
  /// The name of the node it came from.
  var name: String { get }

  /// What it does, in one word.
  var kind: String { get }

  /// The ranges of tensors' channels that it reads, in the order in which a text names them.
  var operands: [Operand] { get }

  /// The tensors that it reads whole, by their addresses, and that are no operands.
  var inputs: [TensorID] { get }

  /// The tensor that it writes.
  var output: TensorID { get }

  /// The file's tensors that it reads: weights, rules, tables, index maps.
  var data: [DataName] { get }

  /// What a text says of it between its kind and its operands, joined by spaces.
  var details: [String] { get }

  /// Its multiply-adds in a program that it is part of, padding excluded; 0 where it is not made of products.
  func macs(in program: Program) -> Int

  /// Checks that what its documentation says of its fields holds, and that no accumulator wraps; marks its output as
  /// written.
  func validate(in validator: inout ProgramValidator) throws(ModelFileError)
}

extension InstructionBody {
  package var inputs: [TensorID] { [] }
  package var details: [String] { [] }
  package func macs(in program: Program) -> Int { 0 }

  /// All tensors that it reads.
  package var reads: [TensorID] { operands.map(\.tensor) + inputs }
}
