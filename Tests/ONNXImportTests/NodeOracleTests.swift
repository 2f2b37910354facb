import Foundation
import SwiftProtobuf
import SwiftletGraph
import SwiftletONNXImport
import Testing

/// Single nodes against ONNX Runtime, beyond what the ONNX project's cases reach.
@Suite struct NodeOracleTests {
  private struct Case {
    var name: String
    var shape: [Int]
    var model: Onnx_ModelProto
  }

  /// Windows of every size over maps of every size, with padding and without, cut off or not.
  private static let pools: [Case] = {
    var cases: [Case] = []
    for size in [1, 2, 5, 7] {
      for kernel in [1, 2, 3, 5, 8] {
        for stride in [1, 2, 3, 8] {
          for (pads, ceils) in [([0, 0, 0, 0], 1), ([0, 1, 1, 0], 1), ([1, 1, 1, 1], 0)] {
            let widest = size + max(pads[0] + pads[2], pads[1] + pads[3])
            let narrowest = size + min(pads[0] + pads[2], pads[1] + pads[3])
            guard kernel > pads.max() ?? 0, ceils == 1 || kernel <= narrowest,
              narrowest - kernel > -stride, widest - kernel > -stride
            else { continue }
            for (op, counts) in [("MaxPool", 0), ("AveragePool", 0), ("AveragePool", 1)] {
              var attributes = [
                attribute("kernel_shape", [kernel, kernel]),
                attribute("strides", [stride, stride]),
                attribute("pads", pads), attribute("ceil_mode", ceils),
              ]
              if op == "AveragePool" { attributes.append(attribute("count_include_pad", counts)) }
              cases.append(
                Case(
                  name:
                    "\(op) size \(size) kernel \(kernel) stride \(stride) pads \(pads) ceil \(ceils) counts \(counts)",
                  shape: [1, 2, size, size],
                  model: model(
                    opset: 19, inputs: [input("x", [1, 2, size, size])],
                    nodes: [node(op, ["x"], ["y"], attributes)], outputs: ["y"])))
            }
          }
        }
      }
    }
    return cases
  }()

  /// Products that broadcast axes of size 1 and, under an ellipsis, missing ones. ONNX Runtime takes missing ones on the left only.
  private static let products: [Case] = [
    ("...ij,...jk->...ik", [1, 4, 3], [2, 3, 5]), ("...ij,jk->...ik", [2, 2, 4, 3], [3, 5]),
    ("...ij,...jk", [1, 4, 3], [6, 3, 5]), ("i...,...i->...", [3, 1, 2], [4, 2, 3]),
    ("bij,bij->bij", [1, 4, 3], [2, 4, 3]), ("bij,bij->bij", [2, 1, 3], [1, 4, 3]),
    ("bij,bjk->bik", [1, 4, 3], [2, 3, 5]), ("ij,jk->ik", [4, 1], [3, 5]),
    ("bij,bij->", [2, 4, 1], [1, 4, 3]),
  ].map { equation, shape, weights in
    Case(
      name: "Einsum \(equation) \(shape) \(weights)", shape: shape,
      model: product("Einsum", shape, weights, [attribute("equation", equation)]))
  }

  /// Windows over [N, C, L].
  private static let rows: [Case] = [
    ([1, 4, 9], [6, 4, 3], 1, 1, [1, 1], 1), ([1, 4, 9], [4, 2, 2], 2, 3, [0, 1], 2),
    ([2, 3, 5], [3, 1, 1], 1, 1, [0, 0], 3), ([1, 2, 7], [5, 2, 4], 3, 1, [3, 0], 1),
  ].flatMap { shape, weights, stride, dilation, pads, groups -> [Case] in
    let window = [attribute("strides", [stride]), attribute("pads", pads)]
    let stretched = window + [attribute("dilations", [dilation])]
    let kernel = attribute("kernel_shape", [weights[2]])
    let convolution = product("Conv", shape, weights, stretched + [attribute("group", groups)])
    let pools = [("MaxPool", stretched), ("AveragePool", window)].map { op, attributes in
      model(
        opset: 19, inputs: [input("x", shape.map(Optional.some))],
        nodes: [node(op, ["x"], ["y"], attributes + [kernel])], outputs: ["y"])
    }
    return ([convolution] + pools).map {
      Case(name: "\($0.graph.node[0].opType) \(shape) \(weights)", shape: shape, model: $0)
    }
  }

  private static func product(
    _ kind: String, _ shape: [Int], _ weights: [Int], _ attributes: [Onnx_AttributeProto] = []
  ) -> Onnx_ModelProto {
    model(
      opset: 17, inputs: [input("x", shape.map(Optional.some))],
      initializers: [floats("w", weights, ONNXRuntime.image(weights))],
      nodes: [node(kind, ["x", "w"], ["y"], attributes)], outputs: ["y"])
  }

  /// A window that fits nowhere, which ONNX gives no output.
  @Test(arguments: [(5, 1, 0), (9, 1, 1), (9, 2, 1)])
  func windowsWithoutAPlaceAreRefused(kernel: Int, stride: Int, ceils: Int) {
    for op in ["AveragePool", "MaxPool"] {
      let attributes = [
        attribute("kernel_shape", [kernel, kernel]), attribute("strides", [stride, stride]),
        attribute("ceil_mode", ceils),
      ]
      let pool = model(
        opset: 19, inputs: [input("x", [1, 2, 4, 4])],
        nodes: [node(op, ["x"], ["y"], attributes)], outputs: ["y"])
      #expect(throws: ONNXImportError.self) { try ONNXImport.graph(of: pool) }
    }
  }

  /// Those that ONNX Runtime refuses, against MatMul, which broadcasts alike.
  @Test(arguments: [
    ([4, 3], [2, 3, 5]), ([2, 1, 4, 3], [5, 3, 2]), ([1, 7, 4, 3], [6, 1, 3, 2]),
  ])
  func ellipsesBroadcastOnBothSides(shape: [Int], weights: [Int]) throws {
    let equation = attribute("equation", "...ij,...jk->...ik")
    let results = try [
      Self.product("Einsum", shape, weights, [equation]), Self.product("MatMul", shape, weights),
    ].map { model in
      try Interpreter(ONNXImport.graph(of: model, anyBatch: true))
        .run([Tensor(shape: shape, ONNXRuntime.image(shape))])[0]
    }
    #expect(results[0].shape == results[1].shape)
    for (one, other) in zip(results[0].floats ?? [], results[1].floats ?? [0]) {
      #expect(abs(one - other) < 1e-5)
    }
  }

  @Test(.enabled(if: ONNXRuntime.python != nil, ONNXRuntime.missing))
  func equalsONNXRuntime() throws {
    try ONNXRuntime.withScratch { scratch in
      let cases = Self.pools + Self.products + Self.rows
      let models = try cases.enumerated().map { index, it in
        let path = scratch.appendingPathComponent("\(index).onnx").path
        try Data(it.model.serializedBytes() as [UInt8]).write(to: URL(fileURLWithPath: path))
        return (path: path, input: ONNXRuntime.image(it.shape))
      }
      let reference = try ONNXRuntime.outputs(of: models)
      for (it, (model, theirs)) in zip(cases, zip(models, reference)) {
        let graph = try ONNXImport.graph(of: it.model, anyBatch: true)
        let ours =
          try Interpreter(graph).run([Tensor(shape: it.shape, model.input)])[0].floats ?? []
        let difference = zip(ours, theirs).map { abs($0 - $1) }.max() ?? .infinity
        #expect(ours.count == theirs.count && difference < 1e-5, "\(it.name): \(ours) \(theirs)")
      }
    }
  }
}
