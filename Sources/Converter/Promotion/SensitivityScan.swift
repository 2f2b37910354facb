import Dispatch
package import Swiftlet
package import SwiftletGraph
package import SwiftletKernels
import SwiftletProgram
import Synchronization

/// How much each promotion gains by itself, measured on inputs of the float model.
package struct SensitivityScan: Sendable {
  let conversion: Conversion
  let table: CalibrationTable
  let inputs: [Tensor]
  let exact: [[Float]]
  let kernels: KernelSet

  package init(
    _ conversion: Conversion, table: CalibrationTable, inputs: [Tensor], kernels: KernelSet
  ) throws {
    self.conversion = conversion
    self.table = table
    self.inputs = inputs
    self.kernels = kernels
    let interpreter = try Interpreter(conversion.graph)
    exact = try inputs.map { try interpreter.run([$0]).first?.floats ?? [] }
  }

  /// The program with these tensors as int16.
  package func model(promoting promotions: [Promotion]) throws -> (QuantizedModel, Model) {
    let quantized = try conversion.quantize(with: table, promoting: Set(promotions.map(\.id)))
    let file = try ModelFileWriter.encode(
      program: quantized.program, data: quantized.data, labels: [], metadata: [:])
    return (quantized, try Model(bytes: file))
  }

  private func quality(of model: Model) throws -> SignalToNoise {
    var session = try Session(model: model, threads: 1, kernelSet: kernels)
    var quality = SignalToNoise()
    for (input, exact) in zip(inputs, exact) {
      session.setInput(floats: input.floats ?? [])
      session.run()
      for (x, y) in zip(exact, session.floatLogits) { quality.add(Double(x), Double(y)) }
    }
    return quality
  }

  /// The promotions, those first that take away the most error for what they cost; each with its gain.
  package func ranked(
    _ promotions: [Promotion], threads: Int, progress: @escaping @Sendable () -> Void = {}
  ) throws -> [Promotion] {
    let before = try quality(of: model(promoting: []).1)
    let results = Mutex<[Result<SignalToNoise, any Error>?]>(
      Array(repeating: nil, count: promotions.count))
    let next = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: max(1, min(threads, promotions.count))) { _ in
      while let index = next.withLock({ next -> Int? in
        defer { next += 1 }
        return next < promotions.count ? next : nil
      }) {
        let result = Result { try quality(of: model(promoting: [promotions[index]]).1) }
        results.withLock { $0[index] = result }
        progress()
      }
    }
    let after = try results.withLock { try $0.compactMap { try $0?.get() } }
    let measured = promotions.indices.map { index in
      var promotion = promotions[index]
      if let old = before.decibels { promotion.gain = after[index].decibels.map { $0 - old } }
      let gain = before.errorShare - after[index].errorShare
      return (promotion, worth: gain / Double(promotion.cost))
    }
    return measured.enumerated().sorted {
      ($1.element.worth, $0.offset) < ($0.element.worth, $1.offset)
    }.map(\.element.0)
  }
}

extension Promotion {
  /// Multiply-adds, and four more passes over the tensor.
  fileprivate var cost: Int { multiplyAdds + 4 * bytes + 1 }
}
