import SwiftletGraph
import SwiftletONNXImport
import Testing

@Suite struct InputTests {
  private func shape(_ declared: [Int?], _ requested: [Int]? = nil) throws -> [Int] {
    let relu = model(
      inputs: [input("x", declared)], nodes: [node("Relu", ["x"], ["y"])], outputs: ["y"])
    let graph = try ONNXImport.graph(of: relu, inputShape: requested)
    return graph.values[graph.inputs[0]].shape
  }

  private func message(_ declared: [Int?], _ requested: [Int]? = nil) -> String {
    do {
      return "\(try shape(declared, requested))"
    } catch {
      return "\(error)"
    }
  }

  @Test func aDynamicBatchIsOne() throws {
    #expect(try shape([nil, 3, 8, 8]) == [1, 3, 8, 8])
    #expect(try shape([0, 3, 8, 8]) == [1, 3, 8, 8])
    #expect(try shape([1, 3, 8, 8]) == [1, 3, 8, 8])
  }

  @Test func otherDynamicDimensionsNeedAShape() throws {
    #expect(message([nil, 3, nil, 8]).contains("dimension 2 of input 'x' is dynamic"))
    #expect(message([nil, 3, nil, 8]).contains("--input-shape N,C,H,W"))
    #expect(try shape([nil, 3, nil, nil], [1, 3, 8, 6]) == [1, 3, 8, 6])
  }

  @Test func aGivenShapeMustFit() {
    #expect(message([nil, 3, nil, nil], [1, 4, 8, 8]).contains("[?, 3, ?, ?]"))
    #expect(message([1, 3, 8, 8], [1, 3, 8]).contains("does not fit"))
    #expect(message([nil, 3], [1, -3]).contains("does not fit"))
    #expect(message([nil, nil], [1, -3]).contains("shape [1, -3]"))
    #expect(message([nil, nil], [1, Int.max]).contains("shape"))
  }

  @Test func largerBatchesAreAnError() {
    #expect(message([8, 3, 4, 4]).contains("batch of 8"))
    #expect(message([nil, 3, 4, 4], [2, 3, 4, 4]).contains("batch of 2"))
    #expect(message([8, 3, 4, 4]).contains("export the model with batch size 1"))
  }

  @Test func initializersAreNoInputs() throws {
    let add = model(
      inputs: [input("x", [1, 2]), input("w", [2])], initializers: [floats("w", [2], [1, 2])],
      nodes: [node("Add", ["x", "w"], ["y"])], outputs: ["y"])
    let graph = try ONNXImport.graph(of: add, inputShape: [1, 2])
    #expect(graph.inputs.map { graph.values[$0].name } == ["x"])
  }

  @Test func aShapeIsForOneInputOnly() {
    let add = model(
      inputs: [input("a", [1, 2]), input("b", [1, 2])], nodes: [node("Add", ["a", "b"], ["y"])],
      outputs: ["y"])
    #expect(throws: ONNXImportError.self) { try ONNXImport.graph(of: add, inputShape: [1, 2]) }
  }

  @Test func strangeInputsAreErrors() {
    var sequence = input("x", [1])
    sequence.type.sequenceType = .init()
    for strange in [input("x", [1, 2], .string), sequence, input("x", [1, 1 << 40])] {
      let relu = model(inputs: [strange], nodes: [node("Relu", ["x"], ["y"])], outputs: ["y"])
      #expect(throws: ONNXImportError.self) { try ONNXImport.graph(of: relu) }
    }
  }
}
