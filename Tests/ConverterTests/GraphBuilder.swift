import SwiftletConverter
import SwiftletGraph
import SwiftletKernels
import SwiftletProgram
import Swiftlet
import Testing

/// A deterministic generator (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// About normal, standard deviation 1.
  mutating func normal() -> Float {
    var sum: Float = 0
    for _ in 0..<12 { sum += Float.random(in: 0..<1, using: &self) }
    return sum - 6
  }

  mutating func normals(_ count: Int, scale: Float = 1) -> [Float] {
    (0..<count).map { _ in normal() * scale }
  }
}

/// Builds small float graphs with random weights.
struct GraphBuilder {
  typealias Value = Graph.ValueID
  var graph = Graph()
  var random: SeededGenerator

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  mutating func input(_ shape: [Int]) -> Value {
    let value = graph.addValue(.init(name: "input", shape: shape, elementType: .float))
    graph.inputs.append(value)
    return value
  }

  mutating func constant(_ shape: [Int], _ values: [Float]) -> Value {
    graph.addConstant(Tensor(shape: shape, values), name: "constant\(graph.values.count)")
  }

  mutating func integers(_ values: [Int]) -> Value {
    graph.addConstant(
      Tensor(shape: [values.count], .int(values.map(Int64.init))),
      name: "constant\(graph.values.count)")
  }

  mutating func weights(_ shape: [Int], scale: Float = 1) -> Value {
    constant(shape, random.normals(shape.reduce(1, *), scale: scale))
  }

  mutating func node(_ op: Operator, _ inputs: Value...) throws -> Value {
    try nodes(op, inputs)[0]
  }

  mutating func nodes(_ op: Operator, _ inputs: [Value]) throws -> [Value] {
    let infos = inputs.map {
      ValueInfo(shape: graph.values[$0].shape, elementType: graph.values[$0].elementType)
    }
    let outputs = try op.inferOutputs(infos).map { info in
      graph.addValue(
        .init(
          name: "value\(graph.values.count)", shape: info.shape, elementType: info.elementType))
    }
    graph.nodes.append(
      .init(name: "node\(graph.nodes.count)", op: op, inputs: inputs, outputs: outputs))
    return outputs
  }

  func shape(_ value: Value) -> [Int] { graph.values[value].shape }

  mutating func conv(
    _ x: Value, outputs: Int, kernel: Int, stride: Int = 1, pads: [Int]? = nil, dilation: Int = 1,
    groups: Int = 1
  ) throws -> Value {
    let inputs = shape(x)[1]
    let padding = pads ?? Array(repeating: (kernel - 1) * dilation / 2, count: 4)
    let fanIn = Float(inputs / groups * kernel * kernel)
    return try node(
      .conv(
        Convolution(
          window: Pooling(
            kernel: [kernel, kernel], strides: [stride, stride], dilations: [dilation, dilation],
            pads: padding), groups: groups)), x,
      weights([outputs, inputs / groups, kernel, kernel], scale: 1 / fanIn.squareRoot()),
      weights([outputs], scale: 0.2))
  }

  mutating func linear(_ x: Value, outputs: Int) throws -> Value {
    let depth = shape(x).last ?? 1
    let product = try node(
      .matMul, x, weights([depth, outputs], scale: 1 / Float(depth).squareRoot()))
    return try node(.binary(.add), product, weights([outputs], scale: 0.2))
  }

  mutating func layerNorm(_ x: Value) throws -> Value {
    let channels = shape(x).last ?? 1
    let gamma = constant([channels], random.normals(channels, scale: 0.2).map { $0 + 1 })
    return try node(
      .layerNorm(axis: shape(x).count - 1, epsilon: 1e-5), x, gamma,
      weights([channels], scale: 0.2))
  }

  mutating func batchNorm(_ x: Value) throws -> Value {
    let channels = shape(x)[1]
    let scale = constant([channels], random.normals(channels, scale: 0.3).map { $0 + 1 })
    let variance = constant([channels], random.normals(channels).map { $0 * $0 + 0.5 })
    return try node(
      .batchNorm(epsilon: 1e-5, training: false), x, scale, weights([channels], scale: 0.3),
      weights([channels], scale: 0.3), variance)
  }

  mutating func transpose(_ x: Value, _ permutation: Int...) throws -> Value {
    try node(.transpose(permutation: permutation), x)
  }

  mutating func reshape(_ x: Value, _ shape: Int...) throws -> Value {
    try node(.reshape(shape: shape), x)
  }

  /// `[1, C, H, W]` to `[1, H * W, C]`.
  mutating func tokens(_ x: Value) throws -> Value {
    let shape = shape(x)
    return try transpose(try reshape(x, 1, shape[1], shape[2] * shape[3]), 0, 2, 1)
  }

  /// Flattens a value into the graph's one row of outputs.
  mutating func finish(_ x: Value) throws -> Graph {
    let row = try reshape(x, 1, shape(x).reduce(1, *))
    graph.outputs = [row]
    try graph.validate()
    return graph
  }
}

/// A converted graph and how well it does.
struct Converted {
  var conversion: Conversion
  var quantized: QuantizedModel
  var report: ConversionReport

  /// Calibrates on random inputs and measures on them.
  init(
    _ graph: Graph, method: CalibrationMethod = .mse, preprocessing: Preprocessing? = nil,
    samples: Int = 8, inputs: [Tensor]? = nil, threads: Int = 2
  ) throws {
    var random = SeededGenerator(seed: 99)
    let shape = graph.values[graph.inputs[0]].shape
    let made =
      inputs
      ?? (0..<samples).map { _ in Tensor(shape: shape, random.normals(shape.reduce(1, *))) }
    conversion = try Conversion(graph: graph, preprocessing: preprocessing)
    let table = try conversion.calibrate(
      on: CalibrationSet(made), method: method, calibrationSHA256: "",
      threads: threads)
    quantized = try conversion.quantize(with: table)
    let model = try Model(bytes: try Self.encode(quantized))
    report = try ConversionReport.make(
      of: quantized, model: model, conversion: conversion, method: method.rawValue,
      inputs: CalibrationSet(made), isHeldOut: false,
      kernels: try #require(KernelSet.available.first),
      threads: threads)
  }

  static func encode(_ quantized: QuantizedModel) throws -> [UInt8] {
    try ModelFileWriter.encode(
      program: quantized.program, data: quantized.data, labels: [], metadata: [:])
  }

  /// Of the logits, in decibels, with all that they hold as the signal.
  var sqnr: Double {
    let name = quantized.program.tensors[quantized.program.output].name
    return report.tensors.last { $0.name == name }?.cumulativeSQNR ?? 0
  }

  /// The kinds of the program's instructions, in order.
  var kinds: [String] {
    quantized.program.instructions.map { String(describing: $0).prefix { $0 != "(" }.description }
  }
}
