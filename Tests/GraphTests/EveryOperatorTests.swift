import SwiftletGraph
import Testing

/// What holds for every operator.
@Suite struct EveryOperatorTests {
  @Test(arguments: OperatorCase.all)
  func inferenceAgreesWithEvaluation(_ example: OperatorCase) throws {
    let outputs = try example.op.evaluate(example.inputs).map { ValueInfo($0) }
    switch example.op {
    case .range, .nonZero:
      #expect(throws: GraphError.self) { try example.op.inferOutputs(example.infos) }
    default:
      #expect(try example.op.inferOutputs(example.infos) == outputs)
    }
  }

  @Test(arguments: OperatorCase.all)
  func everyKernelSetAndThreadCountYieldsTheSameBits(_ example: OperatorCase) throws {
    let expected = try example.op.evaluate(example.inputs).map(\.bits)
    for kernels in FloatKernels.available {
      for threads in [1, 3] {
        let workspace = Workspace(threads: threads, kernels: kernels)
        let outputs = try example.op.evaluate(example.inputs, in: workspace)
        #expect(outputs.map(\.bits) == expected, "\(kernels.name), \(threads) threads")
      }
    }
  }

  @Test(arguments: OperatorCase.all)
  func operandsAreCounted(_ example: OperatorCase) {
    #expect(throws: GraphError.self) { try example.op.inferOutputs([]) }
    #expect(throws: GraphError.self) { try example.op.evaluate([nil]) }
  }

  @Test(arguments: OperatorCase.movement)
  func movementsMoveAnyElement(_ example: OperatorCase) throws {
    #expect(example.op.isMovement)
    var sources = example.inputs.compactMap { $0 }
    var indices: Tensor?
    switch example.op {
    case .gather, .gatherElements, .gatherND, .scatterND: indices = sources.remove(at: 1)
    default: break
    }
    // Ids count through all sources; -1 is padding.
    var first: Int32 = 0
    let ids = sources.map { source in
      defer { first += Int32(source.count) }
      return (shape: source.shape, elements: (0..<Int32(source.count)).map { first + $0 })
    }
    let moved = try example.op.move(ids, indices: indices, padding: -1)
    let elements = sources.flatMap(\.values)
    let outputs = try example.op.evaluate(example.inputs)
    #expect(moved.map { $0.map { $0 < 0 ? 7 : elements[Int($0)] } } == outputs.map(\.values))

    let wide = ids.map { (shape: $0.shape, elements: $0.elements.map { (Int64($0), $0) }) }
      .map { (shape: $0.shape, elements: $0.elements.map(Wide.init)) }
    let movedWide = try example.op.move(wide, indices: indices, padding: Wide(a: -1, b: -1))
    #expect(movedWide.map { $0.map(\.b) } == moved)
  }

  private struct Wide: BitwiseCopyable {
    var a: Int64
    var b: Int32
  }

  /// Fails to compile where an operator is added without an example.
  @Test func everyOperatorHasAnExample() {
    func number(_ op: Operator) -> Int {
      switch op {
      case .conv: 0
      case .matMul: 1
      case .linear: 2
      case .gemm: 3
      case .einsum: 4
      case .attention: 5
      case .unary: 6
      case .binary: 7
      case .compare: 8
      case .select: 9
      case .cast: 10
      case .batchNorm: 11
      case .layerNorm: 12
      case .instanceNorm: 13
      case .groupNorm: 14
      case .softmax: 15
      case .reduce: 16
      case .averagePool: 17
      case .maxPool: 18
      case .reshape: 19
      case .transpose: 20
      case .slice: 21
      case .split: 22
      case .concat: 23
      case .pad: 24
      case .gather: 25
      case .gatherElements: 26
      case .gatherND: 27
      case .scatterND: 28
      case .expand: 29
      case .tile: 30
      case .depthToSpace: 31
      case .spaceToDepth: 32
      case .resize: 33
      case .range: 34
      case .cumulativeSum: 35
      case .triangle: 36
      case .nonZero: 37
      case .argMax: 38
      }
    }
    #expect(Set(OperatorCase.all.map { number($0.op) }) == Set(0...38))
  }
}

extension OperatorCase {
  var infos: [ValueInfo?] { inputs.map { $0.map { ValueInfo($0) } } }
}
