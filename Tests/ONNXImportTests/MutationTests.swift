import Foundation
import SwiftProtobuf
import SwiftletGraph
import SwiftletONNXImport
import Testing

/// Damaged models are errors or other models, never a crash.
@Suite struct MutationTests {
  private static let sound = model(
    opset: 18, inputs: [input("x", [nil, 3, 6, 6])],
    initializers: [
      floats("w", [4, 3, 3, 3], .init(repeating: 0.5, count: 108)), floats("b", [4], [1, 2, 3, 4]),
      integers("target", [1, 4, -1]), integers("axes", [1]), integers("zero", [0], shape: []),
      floats("m", [16, 2], .init(repeating: 1, count: 32)),
      integers("pads", [0, 0, 1, 1, 0, 0, 1, 1]),
      integers("starts", [3]), integers("ends", [-9]), integers("steps", [-1]),
      integers("sizes", [2, 2]),
    ],
    nodes: [
      node("Pad", ["x", "pads"], ["p"]),
      node(
        "Conv", ["p", "w", "b"], ["c"],
        [attribute("kernel_shape", [3, 3]), attribute("strides", [2, 2]), attribute("group", 1)]),
      node(
        "MaxPool", ["c"], ["q"],
        [
          attribute("kernel_shape", [3, 3]), attribute("pads", [1, 1, 1, 1]),
          attribute("ceil_mode", 1),
        ]),
      node("Shape", ["c"], ["s"]), node("Gather", ["s", "zero"], ["n"]),
      node("Mod", ["s", "s"], ["z"]), node("Div", ["s", "s"], ["o"]),
      node("ConstantOfShape", ["o"], ["filled"]), node("Expand", ["filled", "s"], ["wide"]),
      node("Add", ["q", "wide"], ["sum"]), node("Resize", ["sum", "", "", "s"], ["r"]),
      node("Slice", ["r", "starts", "ends", "axes", "steps"], ["backwards"]),
      node("Split", ["backwards", "sizes"], ["h1", "h2"], [attribute("axis", 1)]),
      node("Concat", ["h2", "h1"], ["joined"], [attribute("axis", 1)]),
      node("Reshape", ["joined", "target"], ["tokens"]),
      node("Transpose", ["tokens"], ["t"], [attribute("perm", [0, 2, 1])]),
      node("Einsum", ["tokens", "t"], ["e"], [attribute("equation", "bij,bjk->bik")]),
      node("Softmax", ["e"], ["a"], [attribute("axis", -1)]),
      node("ReduceMean", ["a", "axes"], ["mean"], [attribute("keepdims", 0)]),
      node("Gather", ["mean", "zero"], ["y"], [attribute("axis", 1)]),
    ], outputs: ["y"])

  @Test func damagedModelsNeverCrash() throws {
    let bytes = try Self.sound.serializedData()
    #expect(try ONNXImport.graph(of: ONNXImport.decode(bytes)).nodes.isEmpty == false)
    var state: UInt64 = 2026
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let splices: [[UInt8]] = [
      [0xFF], [0x00], [0x7F], [0x80, 0x80, 0x80, 0x80, 0x08],
      [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
      [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
    ]
    var imported = 0
    for _ in 0..<4000 {
      var damaged = bytes
      for _ in 0...random(3) {
        let position = random(damaged.count)
        let splice = splices[random(splices.count)]
        switch random(3) {
        case 0: damaged[position] = UInt8(random(256))
        case 1: damaged[position] ^= 1 << UInt8(random(8))
        default: damaged.replaceSubrange(position..<position + 1, with: splice)
        }
      }
      if let model = try? ONNXImport.decode(damaged), let graph = try? ONNXImport.graph(of: model) {
        try graph.validate()
        imported += 1
      }
    }
    #expect(imported > 100)
  }
}
