import Swiftlet
import SwiftletConverter
import SwiftletGraph
import SwiftletKernels
import SwiftletProgram
import Testing

@Suite struct PromotionTests {
  /// Two equal channels a thousand times larger than the others, which cancel in the logits: what int8 leaves of the others
  /// is nothing. With `gated`, a table stands between, whose output is int8 in any case.
  static func outlierNetwork(gated: Bool) throws -> Graph {
    var b = GraphBuilder(seed: 4)
    let x = b.input([1, 10, 4, 4])
    var weights = [Float](repeating: 0, count: 12 * 10)
    for c in 0..<10 {
      (weights[c], weights[10 + c]) = (100, 100)
      weights[(2 + c) * 10 + c] = 1
    }
    let window = Pooling(kernel: [1, 1], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0])
    var h = try b.node(
      .conv(Convolution(window: window, groups: 1)), x, b.constant([12, 10, 1, 1], weights),
      b.constant([12], [Float](repeating: 0, count: 12)))
    if gated { h = try b.node(.unary(.silu), h) }
    let pooled = try b.mean(h, axes: [2, 3])
    var last = [Float](repeating: 0, count: 12 * 10)
    for n in 0..<10 {
      (last[n], last[10 + n]) = (1, -1)
      last[(2 + n) * 10 + n] = 1
    }
    return try b.finish(
      try b.node(
        .binary(.add), try b.node(.matMul, pooled, b.constant([12, 10], last)),
        b.weights([10], scale: 0.01)))
  }

  /// Inputs whose largest mean is at their index.
  static var inputs: [Tensor] {
    var random = SeededGenerator(seed: 8)
    return (0..<30).map { index in
      Tensor(
        shape: [1, 10, 4, 4],
        random.normals(160, scale: 0.2).enumerated().map { $1 + ($0 / 16 == index % 10 ? 2 : 1) })
    }
  }

  static func top1(_ model: Model) throws -> Double {
    var session = try Session(model: model, threads: 1, kernelSet: .selected())
    var hits = 0
    for (index, input) in inputs.enumerated() {
      session.setInput(floats: try #require(input.floats))
      session.run()
      if Classification.top(1, of: session.floatLogits).first?.index == index % 10 { hits += 1 }
    }
    return Double(hits) / Double(inputs.count)
  }

  static func search(
    gated: Bool, maximumDrop: Double
  ) throws -> (QuantizedModel, PromotionReport) {
    let conversion = try Conversion(graph: try outlierNetwork(gated: gated), preprocessing: nil)
    let table = try QuantizationTests.table(conversion, inputs)
    let scan = try SensitivityScan(
      conversion, table: table, inputs: Array(inputs.prefix(10)), kernels: .selected())
    return try PromotionSearch(maximumDrop: maximumDrop, floatTop1: 1, top1: top1).run(scan) {
      try scan.ranked(Promotion.candidates(of: conversion.plan), threads: 2)
    }
  }

  @Test func promotionsHoldWhatInt8Loses() throws {
    let (quantized, report) = try Self.search(gated: false, maximumDrop: 0.02)
    #expect(report.int8Top1 < 0.7 && report.top1 >= 0.98, "\(report)")
    #expect(report.promotions.count == 2 && report.multiplyAdds == 120)
    #expect(report.promotions.allSatisfy { $0.gain != nil && $0.bytes > 0 })
    #expect(try Self.top1(try Model(bytes: Converted.encode(quantized))) == report.top1)
  }

  @Test func nothingChangesWhereInt8Holds() throws {
    let (quantized, report) = try Self.search(gated: false, maximumDrop: 1)
    #expect(report.promotions.isEmpty && report.top1 == report.int8Top1)
    let conversion = try Conversion(
      graph: try Self.outlierNetwork(gated: false), preprocessing: nil)
    let plain = try conversion.quantize(
      with: try QuantizationTests.table(conversion, Self.inputs))
    #expect(try Converted.encode(quantized) == Converted.encode(plain))
  }

  @Test func whatCannotHoldIsAnError() throws {
    let error = try #require(throws: ConversionError.self) {
      try Self.search(gated: true, maximumDrop: 0.02)
    }
    #expect(error.problems.count == 1)
    for part in [
      "top-1 falls from 100.0 %", "--max-drop 0.02", "promotions to int16", "allow a larger drop",
    ] {
      #expect(error.description.contains(part), "\(error)")
    }
  }

  /// Everything that can be promoted is: windows with padding, depthwise layers, ReLU6, residuals, means. With weights that
  /// int8 holds exactly only activations' errors are left.
  @Test(arguments: 0..<3) func planesHoldFourteenBits(seed: UInt64) throws {
    let network = try MobileNetwork(seed: seed, exactWeights: true)
    let conversion = try Conversion(
      graph: network.graph, preprocessing: MobileNetwork.preprocessing)
    let table = try QuantizationTests.table(conversion, network.images)
    let scan = try SensitivityScan(
      conversion, table: table, inputs: network.images, kernels: .selected())
    let candidates = Promotion.candidates(of: conversion.plan)
    #expect(candidates.count >= 8)
    func sums(_ promotions: [Promotion]) throws -> [String: Double] {
      let (quantized, model) = try scan.model(promoting: promotions)
      let report = try ConversionReport.make(
        of: quantized, model: model, conversion: conversion, method: "mse",
        inputs: CalibrationSet(network.images), isHeldOut: false, kernels: .selected(),
        threads: 1)
      let sums = report.tensors.filter { promotions.isEmpty || $0.type == "int16" }
      return Dictionary(uniqueKeysWithValues: sums.map { ($0.name, $0.cumulativeSQNR ?? 0) })
    }
    let (int8, promoted) = (try sums([]), try sums(candidates))
    var compared = 0
    for (name, decibels) in promoted {
      guard let before = int8[name], name != conversion.plan.tensors[conversion.plan.output].name
      else { continue }
      #expect(
        decibels > 45 && decibels > before + 12, "\(name): \(before) dB, promoted \(decibels)")
      compared += 1
    }
    #expect(compared >= 3)
  }

  /// A promoted tensor may feed layers with tables and residuals of int8.
  @Test func planesFeedTables() throws {
    var b = GraphBuilder(seed: 6)
    let x = try b.conv(b.input([1, 6, 8, 8]), outputs: 16, kernel: 3)
    let y = try b.node(.unary(.gelu), try b.conv(x, outputs: 16, kernel: 3, groups: 16))
    let z = try b.node(.binary(.add), try b.conv(y, outputs: 16, kernel: 1), x)
    let graph = try b.finish(try b.linear(try b.mean(z, axes: [2, 3]), outputs: 10))
    let conversion = try Conversion(graph: graph, preprocessing: nil)
    var random = SeededGenerator(seed: 2)
    let inputs = (0..<8).map { _ in Tensor(shape: [1, 6, 8, 8], random.normals(384)) }
    let table = try QuantizationTests.table(conversion, inputs)
    let scan = try SensitivityScan(conversion, table: table, inputs: inputs, kernels: .selected())
    let candidates = Promotion.candidates(of: conversion.plan)
    let int8 = try QuantizationTests.quality(
      conversion, try scan.model(promoting: []).0, on: inputs)
    let (quantized, _) = try scan.model(promoting: candidates)
    let promoted = try QuantizationTests.quality(conversion, quantized, on: inputs)
    #expect(promoted > int8 + 1, "\(int8) dB, promoted \(promoted)")
    #expect(
      quantized.program.instructions.contains { if case .lookup = $0 { true } else { false } })
  }
}
