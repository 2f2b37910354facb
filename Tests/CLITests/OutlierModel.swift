import Foundation

/// A small classifier whose feature map has two equal channels, a thousand times larger than the others, that cancel in the
/// logits: correct in float, lost in int8, kept by int16.
struct OutlierModel {
  let folder: TemporaryFolder
  let onnx: String
  let images: String

  /// With `gated`, a SiLU stands behind the convolution: its table's output is int8 in any case.
  init(gated: Bool) throws {
    folder = try TemporaryFolder()
    onnx = try folder.write(Self.model(gated: gated), to: "model.onnx")
    images = folder.path("images")
    for (index, label) in Fixture.labels.enumerated() {
      for number in 0..<3 {
        try folder.write(Self.image(index, number), to: "images/\(label)/\(number).pgm")
      }
    }
  }

  /// 14 x 14 signs, other ones for each class.
  private static func pattern(_ index: Int) -> [Float] {
    var state = UInt64(index) &+ 77
    return (0..<196).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 62 & 1 == 0 ? 1 : -1
    }
  }

  /// The pattern of a class, four times, with a little noise.
  private static func image(_ index: Int, _ number: Int) -> [UInt8] {
    let signs = pattern(index)
    var bytes = Array("P5\n28 28\n255\n".utf8)
    for y in 0..<28 {
      for x in 0..<28 {
        let noise = (x * 7 + y * 13 + number * 29) % 17
        bytes.append(UInt8(120 + Int(60 * signs[y % 14 * 14 + x % 14]) + noise))
      }
    }
    return bytes
  }

  private static func model(gated: Bool) -> [UInt8] {
    var filters = [Float](repeating: 1000 / 196, count: 2 * 196)
    for index in 0..<10 { filters += pattern(index).map { $0 / 196 } }
    var last = [Float](repeating: 0, count: 12 * 10)
    for n in 0..<10 { (last[n], last[10 + n], last[(2 + n) * 10 + n]) = (1, -1, 1) }

    var graph = node(
      "Conv", ["image", "filters"], "map",
      attribute: ONNXFile.field(1, "strides") + ONNXFile.field(8, 14) + ONNXFile.field(8, 14)
        + ONNXFile.field(20, 7))
    if gated {
      graph += node("Sigmoid", ["map"], "gate") + node("Mul", ["map", "gate"], "gated")
    }
    graph += node("GlobalAveragePool", [gated ? "gated" : "map"], "pooled")
    graph += node("Flatten", ["pooled"], "flat") + node("Gemm", ["flat", "last"], "logits")
    graph += ONNXFile.field(2, "outlier") + tensor("filters", [12, 1, 14, 14], filters)
    graph += tensor("last", [12, 10], last)
    graph += ONNXFile.field(11, ONNXFile.value("image", [1, 1, 28, 28]))
    graph += ONNXFile.field(12, ONNXFile.value("logits", [1, 10]))
    let opset = ONNXFile.field(1, "") + ONNXFile.field(2, 17)
    return ONNXFile.field(1, 8) + ONNXFile.field(8, opset) + ONNXFile.field(7, graph)
  }

  private static func node(
    _ operation: String, _ inputs: [String], _ output: String, attribute: [UInt8]? = nil
  ) -> [UInt8] {
    var node = inputs.flatMap { ONNXFile.field(1, $0) }
    node += ONNXFile.field(2, output) + ONNXFile.field(3, output) + ONNXFile.field(4, operation)
    return ONNXFile.field(1, node + (attribute.map { ONNXFile.field(5, $0) } ?? []))
  }

  private static func tensor(_ name: String, _ shape: [Int], _ values: [Float]) -> [UInt8] {
    let bytes = values.flatMap { value in
      withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
    }
    return ONNXFile.field(
      5,
      shape.flatMap { ONNXFile.field(1, $0) } + ONNXFile.field(2, 1) + ONNXFile.field(8, name)
        + ONNXFile.field(9, bytes))
  }
}
