package import Swiftlet
package import SwiftletGraph
package import SwiftletKernels
import SwiftletProgram

/// Runs a float graph and the program that was made from it on the same inputs, and compares every tensor.
package struct ErrorMeasurement: ~Copyable {
  private let plan: Plan
  private let model: Model
  private let interpreter: Interpreter
  private var session: Session
  /// By tensor of the program.
  private let sources: [TensorSource?]
  private var measures: [TensorMeasure?]
  /// The logits, of which the mean over the inputs says nothing.
  package private(set) var logits = VariationToNoise()
  /// The plan's tensors that hold a value of the graph.
  private let holders: [Graph.ValueID: Set<Int>]
  package private(set) var samples = 0

  /// - Throws: where the program was not made from this conversion's graph.
  package init(
    of model: Model, against conversion: Conversion, kernels: KernelSet, threads: Int
  ) throws {
    let sources = try conversion.plan.sources(of: model)
    let interpreter = try Interpreter(conversion.graph, threads: threads)
    let session = try Session(
      model: model, threads: 1, kernelSet: kernels, keepsAllTensors: true)
    self.model = model
    self.sources = sources
    self.interpreter = interpreter
    self.session = session
    plan = conversion.plan
    measures = zip(sources, model.program.tensors).map { source, tensor in
      source.map { TensorMeasure(quantization: $0.quantization, channels: tensor.channels) }
    }
    var holders: [Graph.ValueID: Set<Int>] = [:]
    for case let source? in sources {
      holders[source.value, default: []].insert(source.planTensor)
    }
    self.holders = holders
  }

  /// Measures one input of the float model.
  package mutating func add(_ input: Tensor) throws {
    samples += 1
    var exact: [Int: [Float]] = [:]
    _ = try interpreter.run([input], observing: Set(holders.keys)) { value, elements in
      for tensor in holders[value] ?? [] {
        let it = plan.tensors[tensor]
        exact[tensor] = it.layout.arrange(elements, count: it.count)
      }
    }
    session.setInput(floats: input.floats ?? [])
    session.run()
    for (id, source) in sources.enumerated() {
      guard let values = source.flatMap({ exact[$0.planTensor] }) else { continue }
      let computed = session.values(of: id) ?? []
      measures[id]?.addComputed(computed, exact: values)
      if id == model.program.output { logits.add(values, measures[id]?.floats(of: computed) ?? []) }
    }
    // Each instruction finds the float model's values in its operands: they replace what the one before has computed.
    for (index, instruction) in model.program.instructions.enumerated() {
      session.run(instruction: index)
      let id = instruction.body.output
      guard let values = sources[id].flatMap({ exact[$0.planTensor] }) else { continue }
      measures[id]?.addLocal(session.values(of: id) ?? [], exact: values)
      session.setValues(measures[id]?.round(values) ?? [], of: id)
    }
  }

  /// What was found of each tensor, in the order in which they are written.
  package var tensors: [TensorError] {
    guard samples > 0 else { return [] }
    return model.program.instructions.compactMap { instruction in
      measures[instruction.body.output]?.result(
        of: model.program.tensors[instruction.body.output], writtenBy: instruction)
    }
  }
}
