import Swiftlet
import SwiftletConverter
import SwiftletGraph
import SwiftletKernels
import SwiftletProgram
import Testing

/// Mobile inverted bottlenecks with ReLU6, whose channels differ by factors of up to 64.
struct MobileNetwork {
  var graph: Graph

  /// With `exactWeights` every weight is a multiple of 1/128 that int8 holds exactly.
  init(seed: UInt64, exactWeights: Bool = false) throws {
    var b = GraphBuilder(seed: seed)
    func conv(_ x: Int, outputs: Int, kernel: Int, stride: Int = 1, groups: Int = 1) throws -> Int {
      let fanIn = b.shape(x)[1] / groups * kernel * kernel
      var weights = b.random.normals(outputs * fanIn, scale: 1.5 / Float(fanIn).squareRoot())
      for n in 0..<outputs {
        let range = n * fanIn..<(n + 1) * fanIn
        if exactWeights {
          for k in range { weights[k] = max(-126, min(126, (weights[k] * 64).rounded())) / 128 }
          weights[n * fanIn] = 127 / 128
        } else {
          let factor = Float(sign: .plus, exponent: -(n * 5 % 7), significand: 1)
          for k in range { weights[k] *= factor }
        }
      }
      return try b.node(
        .conv(
          Convolution(
            window: Pooling(
              kernel: [kernel, kernel], strides: [stride, stride], dilations: [1, 1],
              pads: Array(repeating: kernel / 2, count: 4)), groups: groups)), x,
        b.constant([outputs, b.shape(x)[1] / groups, kernel, kernel], weights),
        b.weights([outputs], scale: 0.3))
    }
    func clipped(_ x: Int) throws -> Int { try b.node(.unary(.clip(low: 0, high: 6)), x) }
    var x = try clipped(try conv(b.input([1, 3, 20, 20]), outputs: 12, kernel: 3, stride: 2))
    x = try conv(x, outputs: 12, kernel: 1)
    for (kernel, stride) in [(3, 1), (5, 1), (3, 2)] {
      let expanded = try clipped(try conv(x, outputs: 36, kernel: 1))
      let spatial = try clipped(
        try conv(expanded, outputs: 36, kernel: kernel, stride: stride, groups: 36))
      let projected = try conv(spatial, outputs: 12, kernel: 1)
      x = stride == 1 ? try b.node(.binary(.add), projected, x) : projected
    }
    let pooled = try b.mean(try clipped(try conv(x, outputs: 24, kernel: 1)), axes: [2, 3])
    graph = try b.finish(try b.linear(pooled, outputs: 10))
  }

  static let preprocessing = Preprocessing(
    resize: 20, height: 20, width: 20, interpolation: .bilinear, mean: [0.4, 0.5, 0.6],
    std: [0.25, 0.25, 0.25])

  /// What images become, exactly.
  var images: [Tensor] {
    inputs.map { input in
      Tensor(
        shape: input.shape,
        (input.floats ?? []).enumerated().map { index, value in
          let byte = max(0, min(255, (128 + 40 * value).rounded()))
          return (byte / 255 - Self.preprocessing.mean[index / 400]) / 0.25
        })
    }
  }

  var inputs: [Tensor] {
    var random = SeededGenerator(seed: 17)
    // Neighbouring pixels are alike, as in photographs.
    return (0..<12).map { _ in
      let coarse = random.normals(3 * 16)
      let fine = random.normals(3 * 400, scale: 0.2)
      return Tensor(
        shape: [1, 3, 20, 20],
        fine.indices.map { i in
          let (c, y, x) = (i / 400, i / 20 % 20, i % 20)
          return coarse[c * 16 + y / 5 * 4 + x / 5] + fine[i] + 0.5
        })
    }
  }
}

@Suite struct QuantizationTests {
  static let plain = QuantizationMeasures(
    equalizes: false, correctsBias: false, weighsErrors: false)

  static func table(_ conversion: Conversion, _ inputs: [Tensor], threads: Int = 2) throws
    -> CalibrationTable
  {
    try conversion.calibrate(
      on: CalibrationSet(inputs), method: .mse, calibrationSHA256: "",
      threads: threads)
  }

  static func quality(
    _ conversion: Conversion, _ quantized: QuantizedModel, on inputs: [Tensor]
  ) throws -> Double {
    let report = try ConversionReport.make(
      of: quantized, model: try Model(bytes: Converted.encode(quantized)), conversion: conversion,
      method: "mse", inputs: CalibrationSet(inputs), isHeldOut: false, kernels: .selected(),
      threads: 1)
    return report.logitsSQNR ?? .infinity
  }

  @Test(arguments: 0..<4) func measuresGainOnUnevenChannels(seed: UInt64) throws {
    let network = try MobileNetwork(seed: seed)
    let conversion = try Conversion(graph: network.graph, preprocessing: nil)
    let table = try Self.table(conversion, network.inputs)
    func quality(_ measures: QuantizationMeasures) throws -> Double {
      try Self.quality(
        conversion, try conversion.quantize(with: table, measures: measures), on: network.inputs)
    }
    let (none, all) = (try quality(Self.plain), try quality(.init()))
    #expect(all > none + 2, "\(none) dB without, \(all) with")
  }

  /// The real weights that a program stands for are the float model's, whatever scales its tensors have: each integer
  /// times its scale is within a rounding of the same integer of the program without equalization.
  @Test(arguments: 0..<4) func equalizationIsExactInFloat(seed: UInt64) throws {
    let network = try MobileNetwork(seed: seed)
    let conversion = try Conversion(graph: network.graph, preprocessing: nil)
    let table = try Self.table(conversion, network.inputs)
    var measures = Self.plain
    let before = try conversion.quantize(with: table, measures: measures)
    measures.equalizes = true
    let after = try conversion.quantize(with: table, measures: measures)
    #expect(before.program.tensors.allSatisfy { $0.scales == nil })
    #expect(after.program.tensors.count { $0.scales != nil } >= 6)

    try #require(before.program.instructions.count == after.program.instructions.count)
    for index in before.program.instructions.indices {
      guard let (exact, step) = try Self.realWeights(of: index, in: before),
        let (equalized, otherStep) = try Self.realWeights(of: index, in: after)
      else { continue }
      try #require(exact.count == equalized.count)
      for k in exact.indices {
        // Scales that clip a channel's largest weights are part of the search: those are not compared.
        guard abs(exact[k]) < 100 * step[k], abs(equalized[k]) < 100 * otherStep[k] else {
          continue
        }
        #expect(abs(exact[k] - equalized[k]) <= 0.51 * (step[k] + otherStep[k]), "\(index), \(k)")
      }
    }
  }

  /// A layer's weights in real units, and what one step of each is; nil for other instructions.
  private static func realWeights(
    of index: Int, in quantized: QuantizedModel
  ) throws -> (weights: [Double], steps: [Double])? {
    let (input, output, weights, rule, isDepthwise): (Operand, TensorID, DataName, Rule, Bool)
    switch quantized.program.instructions[index] {
    case .convolution(let it):
      guard it.window == nil else { return nil }
      (input, output, weights, rule, isDepthwise) = (
        it.input, it.output, it.weights, it.rule, false
      )
    case .depthwise(let it):
      (input, output, weights, rule, isDepthwise) = (it.input, it.output, it.weights, it.rule, true)
    default: return nil
    }
    let model = try Model(bytes: Converted.encode(quantized))
    let program = quantized.program
    func scale(_ tensor: TensorID, _ channel: Int) -> Double {
      let scales = model.scales(of: tensor)
      return Double(scales[scales.count == 1 ? 0 : channel])
    }
    let bytes = try #require(quantized.data[weights]?.bytes).map { Int8(bitPattern: $0) }
    let multipliers = try integers(Int16.self, quantized.data[rule.multiplier])
    let shifts = try #require(quantized.data[rule.shift]?.bytes).map { Int8(bitPattern: $0) }
    let outputs = program.tensors[output].channels
    let depth = bytes.count / ((outputs + 15) / 16 * 16)
    let isInt8 = program.tensors[output].type == .int8
    var (real, steps): ([Double], [Double]) = ([], [])
    for n in 0..<outputs {
      let factor = Double(
        sign: .plus, exponent: -(Int(shifts[n]) + 15), significand: Double(multipliers[n]))
      for k in 0..<(isDepthwise ? depth : input.channels) {
        let place = (n / 16) * depth * 16 + (k / 4) * 64 + (n % 16) * 4 + k % 4
        let step =
          factor * scale(output, n) / (isInt8 ? 64 : 1)
          / scale(input.tensor, isDepthwise ? n : input.offset + k)
        // An output that calibration saw at one end of its range only has a factor of 1, whatever its weights.
        real.append(factor == 1 ? .infinity : Double(bytes[place]) * step)
        steps.append(step)
      }
    }
    return (real, steps)
  }

  private static func integers<T: FixedWidthInteger>(
    _: T.Type, _ tensor: DataTensor?
  ) throws -> [T] {
    try #require(tensor).bytes.withUnsafeBytes { bytes in
      (0..<bytes.count / MemoryLayout<T>.size).map {
        T(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self))
      }
    }
  }

  /// The mean error of each logit over the calibration set is what bias correction is for.
  @Test(arguments: 0..<4) func biasCorrectionLowersTheMeanError(seed: UInt64) throws {
    let network = try MobileNetwork(seed: seed)
    let conversion = try Conversion(graph: network.graph, preprocessing: nil)
    let table = try Self.table(conversion, network.inputs)
    let interpreter = try Interpreter(conversion.graph)
    func meanErrors(_ correctsBias: Bool) throws -> Double {
      var measures = Self.plain
      measures.correctsBias = correctsBias
      let quantized = try conversion.quantize(with: table, measures: measures)
      var session = try Session(
        model: try Model(bytes: Converted.encode(quantized)), threads: 1, kernelSet: .selected())
      var sums = [Double](repeating: 0, count: 10)
      for input in network.inputs {
        session.setInput(floats: try #require(input.floats))
        session.run()
        let exact = try #require(try interpreter.run([input])[0].floats)
        for (c, logit) in session.floatLogits.enumerated() { sums[c] += Double(logit - exact[c]) }
      }
      return sums.reduce(0) { $0 + $1 * $1 }
    }
    #expect(try meanErrors(true) < 0.5 * meanErrors(false))
  }

  @Test func channelStatisticsAreThoseOfAllInputs() throws {
    let network = try MobileNetwork(seed: 1)
    let conversion = try Conversion(graph: network.graph, preprocessing: nil)
    let table = try Self.table(conversion, network.inputs)
    #expect(try table == Self.table(conversion, network.inputs, threads: 3))

    let interpreter = try Interpreter(conversion.graph)
    var values: [String: [[Float]]] = [:]
    let watched = Set(
      conversion.graph.values.indices.filter { conversion.graph.values[$0].constant == nil })
    for input in network.inputs {
      _ = try interpreter.run([input], observing: watched) { value, elements in
        values[conversion.graph.values[value].name, default: []].append(Array(elements))
      }
    }
    var compared = 0
    for (name, entry) in table.tensors {
      guard let channels = entry.channels else { continue }
      let runs = try #require(values[name])
      for c in channels.mean.indices {
        let pixels = runs.map { run in
          let size = run.count / channels.mean.count
          return run[c * size..<(c + 1) * size].map { Double($0) }
        }
        let all = pixels.flatMap { $0 }
        let mean = all.reduce(0, +) / Double(all.count)
        let square = all.reduce(0) { $0 + $1 * $1 } / Double(all.count)
        #expect(Double(channels.low[c]) == all.min() && Double(channels.high[c]) == all.max())
        #expect(abs(Double(channels.mean[c]) - mean) < 1e-4 * (1 + abs(mean)))
        #expect(abs(Double(channels.meanSquare[c]) - square) < 1e-4 * (1 + square))
        // The last element of each input counts as its own neighbour.
        let products = pixels.reduce(0) { sum, run in
          sum + zip(run, run.dropFirst() + run.suffix(1)).reduce(0) { $0 + $1.0 * $1.1 }
        }
        let variance = square - mean * mean
        guard variance > 1e-3 else { continue }
        let correlation = (products / Double(all.count) - mean * mean) / variance
        #expect(abs(Double(channels.correlation[c]) - max(0, min(1, correlation))) < 1e-2)
        compared += 1
      }
    }
    #expect(compared > 80)
  }
}
