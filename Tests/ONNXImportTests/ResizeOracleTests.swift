import Foundation
import SwiftletGraph
import SwiftletONNXImport
import SwiftProtobuf
import Testing

/// Resize against ONNX Runtime: every mode, and every pair of sizes up to a limit in one model, side by side.
@Suite struct ResizeOracleTests {
  private static let limit = 64
  private static let coordinates = [
    "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "asymmetric", "align_corners",
  ]
  private static let roundings = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"]

  /// A way to resize.
  private struct Way {
    var opset = 19
    var mode: String
    /// Of the node, besides the mode.
    var attributes: [String: String] = [:]
    /// By scales, which here leave a part of an element over, or by sizes.
    var byScales = false
    var sizes = Array(1...limit)
    /// Antialiased, to larger sizes: smaller ones are refused.
    var isAntialiased = false
  }

  private static let ways: [Way] = {
    var ways: [Way] = []
    for (index, coordinates) in coordinates.enumerated() {
      let attribute = ["coordinate_transformation_mode": coordinates]
      for rounding in roundings {
        ways.append(
          Way(mode: "nearest", attributes: attribute.merging(["nearest_mode": rounding]) { $1 }))
      }
      for mode in ["linear", "cubic"] {
        ways.append(Way(mode: mode, attributes: attribute))
        ways.append(Way(mode: mode, attributes: attribute, byScales: true, sizes: [3, 7, 20, 64]))
      }
      ways.append(
        Way(
          mode: "nearest", attributes: attribute, byScales: true, sizes: [2 + index, 9, 31]))
    }
    for rounding in roundings {
      ways.append(
        Way(
          opset: 12, mode: "nearest",
          attributes: [
            "coordinate_transformation_mode": "tf_half_pixel_for_nn", "nearest_mode": rounding,
          ]))
    }
    ways.append(Way(mode: "linear", isAntialiased: true))
    ways.append(Way(opset: 10, mode: "nearest", byScales: true))
    ways.append(Way(opset: 10, mode: "linear", byScales: true))
    return ways
  }()

  @Test(.enabled(if: ONNXRuntime.python != nil, ONNXRuntime.missing))
  func everyWayEqualsONNXRuntimes() throws {
    try ONNXRuntime.withScratch { scratch in
      let models = try Self.ways.enumerated().map { index, way in
        let path = scratch.appendingPathComponent("\(index).onnx").path
        try Data(Self.model(of: way).serializedBytes() as [UInt8]).write(
          to: URL(fileURLWithPath: path))
        return path
      }
      let image = ONNXRuntime.image([Self.limit])
      let reference = try ONNXRuntime.outputs(of: models.map { (path: $0, input: image) })
      for (way, (path, theirs)) in zip(Self.ways, zip(models, reference)) {
        let graph = try ONNXImport.load(path: path)
        let input = Tensor(shape: [1, 1, Self.limit, 1], image)
        let ours = try Interpreter(graph).run([input])[0].floats ?? []
        let difference = zip(ours, theirs).map { abs($0 - $1) }.max() ?? .infinity
        #expect(
          ours.count == theirs.count && difference < 1e-4,
          "\(way.mode), opset \(way.opset), \(way.attributes), by scales \(way.byScales): \(difference)"
        )
      }
    }
  }

  /// Every size of the way from every other, one after the other.
  private static func model(of way: Way) -> Onnx_ModelProto {
    var nodes: [Onnx_NodeProto] = []
    var initializers = [
      integers("zero", [0]), integers("axis", [2]), floats("none", [0], []),
    ]
    var outputs: [String] = []
    var attributes = way.attributes.sorted { $0.key < $1.key }.map { attribute($0.key, $0.value) }
    attributes.append(attribute("mode", way.mode))
    if way.isAntialiased { attributes.append(attribute("antialias", 1)) }
    for size in way.sizes {
      initializers.append(integers("end\(size)", [size]))
      nodes.append(node("Slice", ["x", "zero", "end\(size)", "axis"], ["x\(size)"]))
      for target in way.sizes where target >= size || !way.isAntialiased {
        let (name, result) = ("to\(size)-\(target)", "y\(size)-\(target)")
        if way.byScales {
          // A quarter of an element too much, which is left out.
          let scale = (Float(target) + 0.25) / Float(size)
          initializers.append(floats(name, [4], [1, 1, scale, 1]))
        } else {
          initializers.append(integers(name, [1, 1, target, 1]))
        }
        // Up to opset 12, what is not given is empty.
        let none = way.opset < 13 ? "none" : ""
        let operands =
          way.opset < 11
          ? ["x\(size)", name]
          : way.byScales ? ["x\(size)", none, name] : ["x\(size)", none, none, name]
        nodes.append(node("Resize", operands, [result], attributes))
        outputs.append(result)
      }
    }
    nodes.append(node("Concat", outputs, ["y"], [attribute("axis", 2)]))
    return ONNXImportTests.model(
      opset: way.opset, inputs: [input("x", [1, 1, limit, 1])], initializers: initializers,
      nodes: nodes,
      outputs: ["y"])
  }
}
