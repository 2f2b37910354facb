import SwiftletConverter
import SwiftletGraph
import SwiftletProgram
import Testing

/// Each case is a small float graph; the int8 program computes the same within what int8 allows, from as few instructions as
/// its index maps need.
@Suite struct LoweringTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var kinds: [String]
    var minimumSQNR = 30.0
    var build: @Sendable (inout GraphBuilder) throws -> Graph
  }

  static let cases: [Case] = [
    Case(testDescription: "padded, strided convolution", kinds: ["convolution"]) { b in
      let x = b.input([1, 3, 9, 11])
      return try b.finish(try b.conv(x, outputs: 5, kernel: 3, stride: 2))
    },
    Case(testDescription: "dilated convolution, asymmetric pads", kinds: ["convolution"]) { b in
      let x = b.input([1, 4, 10, 10])
      return try b.finish(try b.conv(x, outputs: 18, kernel: 3, pads: [2, 1, 2, 3], dilation: 2))
    },
    Case(testDescription: "grouped convolution", kinds: ["convolution"]) { b in
      let x = b.input([1, 8, 6, 6])
      return try b.finish(try b.conv(x, outputs: 12, kernel: 3, groups: 4))
    },
    Case(testDescription: "depthwise convolution and activation", kinds: ["depthwise"]) { b in
      let x = b.input([1, 20, 7, 7])
      return try b.finish(
        try b.node(.unary(.relu), try b.conv(x, outputs: 20, kernel: 5, stride: 2, groups: 20)))
    },
    Case(
      testDescription: "inverted residual with squeeze-excite",
      kinds: [
        "convolution", "depthwise", "mean", "convolution", "convolution", "multiply", "depthwise",
        "convolution",
      ]
    ) { b in
      let x = b.input([1, 12, 8, 8])
      let expanded = try b.node(.unary(.silu), try b.conv(x, outputs: 24, kernel: 1))
      let spatial = try b.node(
        .unary(.gelu), try b.conv(expanded, outputs: 24, kernel: 3, groups: 24))
      let pooled = try b.node(.reduce(.mean, axes: [2, 3], keepDimensions: true), spatial)
      let squeezed = try b.node(.unary(.relu), try b.conv(pooled, outputs: 6, kernel: 1))
      let gate = try b.node(.unary(.sigmoid), try b.conv(squeezed, outputs: 24, kernel: 1))
      let gated = try b.node(.binary(.multiply), gate, spatial)
      let projected = try b.conv(gated, outputs: 12, kernel: 1)
      return try b.finish(try b.node(.binary(.add), x, projected))
    },
    Case(testDescription: "average pooling", kinds: ["depthwise"]) { b in
      let x = b.input([1, 6, 8, 8])
      return try b.finish(
        try b.node(
          .averagePool(
            Pooling(kernel: [2, 2], strides: [2, 2], dilations: [1, 1], pads: [0, 0, 0, 0]),
            countsPadding: true), x))
    },
    Case(testDescription: "max pooling", kinds: ["convolution", "maxPool", "convolution"]) { b in
      let x = try b.conv(b.input([1, 3, 9, 9]), outputs: 6, kernel: 3)
      let window = Pooling(
        kernel: [3, 3], strides: [2, 2], dilations: [1, 1], pads: [1, 1, 1, 1])
      return try b.finish(
        try b.conv(
          try b.node(.maxPool(window), try b.node(.unary(.relu), x)), outputs: 4, kernel: 3))
    },
    Case(testDescription: "max pooling of the input", kinds: ["maxPool", "convolution"]) { b in
      let window = Pooling(
        kernel: [2, 2], strides: [2, 2], dilations: [1, 1], pads: [1, 1, 0, 0])
      let pooled = try b.node(.maxPool(window), b.input([1, 4, 8, 8]))
      return try b.finish(try b.conv(pooled, outputs: 4, kernel: 3))
    },
    Case(
      testDescription: "max pooling joined with what it pools", kinds: ["maxPool", "gather"]
    ) { b in
      let window = Pooling(
        kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1])
      let x = b.input([1, 4, 6, 6])
      let joined = try b.node(.concat(axis: 1), x, try b.node(.maxPool(window), x))
      return try b.finish(try b.conv(joined, outputs: 4, kernel: 3))
    },
    Case(
      testDescription: "max pooling of what a layer normalisation reads",
      kinds: ["convolution", "maxPool"]
    ) { b in
      let x = try b.conv(b.input([1, 3, 8, 8]), outputs: 16, kernel: 3)
      let window = Pooling(
        kernel: [2, 2], strides: [2, 2], dilations: [1, 1], pads: [0, 0, 0, 0])
      return try b.finish(
        try b.mean(try b.layerNorm(try b.tokens(try b.node(.maxPool(window), x))), axes: [1]))
    },
    Case(
      testDescription: "batch normalisation behind an activation",
      kinds: ["convolution", "depthwise"]
    ) {
      b in
      let x = b.input([1, 6, 8, 8])
      let y = try b.node(.unary(.gelu), try b.conv(x, outputs: 10, kernel: 3))
      return try b.finish(try b.batchNorm(y))
    },
    Case(
      testDescription: "layer normalisation of a map's channels",
      kinds: ["convolution", "layerNorm"]
    ) {
      b in
      let x = b.input([1, 3, 6, 6])
      let y = try b.conv(x, outputs: 24, kernel: 3)
      let normal = try b.layerNorm(try b.transpose(y, 0, 2, 3, 1))
      return try b.finish(try b.mean(try b.transpose(normal, 0, 3, 1, 2), axes: [2, 3]))
    },
    Case(
      testDescription: "transformer block on a map's tokens",
      kinds: [
        "convolution", "layerNorm", "convolution", "attention", "convolution", "layerNorm",
        "convolution", "convolution", "mean",
      ]
    ) { b in
      let image = b.input([1, 3, 12, 12])
      let x = try b.tokens(
        try b.conv(image, outputs: 32, kernel: 2, stride: 2, pads: [0, 0, 0, 0]))
      let attended = try b.attention(try b.layerNorm(x), heads: 2, windows: nil, bias: true)
      let y = try b.node(.binary(.add), x, attended)
      let hidden = try b.node(.unary(.gelu), try b.linear(try b.layerNorm(y), outputs: 64))
      let z = try b.node(.binary(.add), try b.linear(hidden, outputs: 32), y)
      return try b.finish(try b.mean(z, axes: [1]))
    },
    Case(
      testDescription: "windowed attention needs no gather",
      kinds: ["convolution", "layerNorm", "convolution", "attention", "convolution", "mean"]
    ) { b in
      let image = b.input([1, 3, 8, 8])
      let x = try b.tokens(try b.conv(image, outputs: 16, kernel: 1))
      let attended = try b.attention(
        try b.layerNorm(x), heads: 2, windows: (side: 8, window: 4), bias: true)
      return try b.finish(try b.mean(try b.node(.binary(.add), x, attended), axes: [1]))
    },
    Case(
      testDescription: "attention whose layer writes a head's Q, K and V together needs no gather",
      kinds: ["convolution", "layerNorm", "convolution", "attention", "mean"], minimumSQNR: 25
    ) { b in
      let image = b.input([1, 3, 6, 6])
      let x = try b.layerNorm(try b.tokens(try b.conv(image, outputs: 16, kernel: 1)))
      let heads = try b.reshape(try b.linear(x, outputs: 48), 1, 36, 2, 24)
      let parts = try b.nodes(.split(axis: 3, sizes: [8, 8, 8]), [heads])
      let (q, k, v) = (
        try b.transpose(parts[0], 0, 2, 1, 3), try b.transpose(parts[1], 0, 2, 3, 1),
        try b.transpose(parts[2], 0, 2, 1, 3)
      )
      let mixed = try b.node(.matMul, try b.node(.softmax(axis: 3), try b.node(.matMul, q, k)), v)
      return try b.finish(
        try b.mean(try b.reshape(try b.transpose(mixed, 0, 2, 1, 3), 1, 36, 16), axes: [1]))
    },
    Case(
      testDescription: "class token and position embedding",
      kinds: ["convolution", "gather", "add", "layerNorm", "gather", "convolution"]
    ) { b in
      let image = b.input([1, 3, 8, 8])
      let patches = try b.tokens(
        try b.conv(image, outputs: 24, kernel: 4, stride: 4, pads: [0, 0, 0, 0]))
      let token = b.weights([1, 1, 24])
      let all = try b.node(.concat(axis: 1), token, patches)
      let x = try b.node(.binary(.add), all, b.weights([1, 5, 24], scale: 0.5))
      let first = try b.node(.gather(axis: 1), try b.layerNorm(x), b.integers([0]))
      return try b.finish(try b.linear(try b.reshape(first, 1, 24), outputs: 10))
    },
    Case(
      testDescription: "channel concatenation and split",
      kinds: ["convolution", "convolution", "gather", "convolution"],
      minimumSQNR: 28
    ) { b in
      let x = b.input([1, 4, 6, 6])
      let left = try b.node(.unary(.gelu), try b.conv(x, outputs: 8, kernel: 3))
      let right = try b.node(.unary(.gelu), try b.conv(x, outputs: 8, kernel: 1))
      let joined = try b.node(.concat(axis: 1), left, right)
      return try b.finish(try b.conv(joined, outputs: 6, kernel: 1))
    },
    Case(
      testDescription:
        "a small tensor joined with a large one is as exact as before for its other readers",
      kinds: ["convolution", "convolution", "depthwise", "gather", "convolution", "convolution"],
      minimumSQNR: 28
    ) { b in
      let x = b.input([1, 4, 6, 6])
      func scaled(_ y: Int, by factor: Float) throws -> Int {
        try b.node(.binary(.multiply), y, b.constant([], [factor]))
      }
      let small = try scaled(try b.conv(x, outputs: 8, kernel: 3), by: 0.02)
      let large = try b.conv(x, outputs: 8, kernel: 1)
      let joined = try b.conv(
        try b.node(.concat(axis: 1), small, large), outputs: 6, kernel: 1)
      let other = try scaled(try b.conv(small, outputs: 6, kernel: 1), by: 100)
      return try b.finish(try b.node(.binary(.add), joined, other))
    },
    Case(
      testDescription: "the mean of what has none", kinds: ["convolution", "mean"],
      minimumSQNR: -200
    ) { b in
      let x = try b.conv(b.input([1, 3, 8, 8]), outputs: 4, kernel: 3)
      let mean = Operator.reduce(.mean, axes: [2, 3], keepDimensions: true)
      let centred = try b.node(.binary(.subtract), x, try b.node(mean, x))
      return try b.finish(try b.node(mean, centred))
    },
    Case(
      testDescription: "subtraction of activations",
      kinds: ["convolution", "lookup", "depthwise", "depthwise", "add"]
    ) { b in
      let x = b.input([1, 4, 5, 5])
      let y = try b.node(.unary(.tanh), try b.conv(x, outputs: 4, kernel: 3))
      return try b.finish(try b.node(.binary(.subtract), x, y))
    },
  ]

  @Test(arguments: cases) func convertsWithinWhatInt8Allows(_ test: Case) throws {
    var builder = GraphBuilder(seed: 7)
    let graph = try test.build(&builder)
    let converted = try Converted(graph)
    let kinds = converted.kinds.filter { $0 != "requantize" }
    #expect(kinds.starts(with: test.kinds), "\(converted.kinds)")
    let tensors = converted.report.tensors.map {
      "\($0.type) \($0.name): \($0.localSQNR ?? 0) local, \($0.cumulativeSQNR ?? 0) dB"
    }
    #expect(
      converted.sqnr > test.minimumSQNR, "\(converted.sqnr) dB: \(tensors)")
  }

  @Test func unsupportedNodesAreReportedTogether() throws {
    var b = GraphBuilder(seed: 1)
    let x = b.input([1, 4, 8, 8])
    let pool = Pooling(kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1])
    let left = try b.node(.averagePool(pool, countsPadding: false), x)
    let right = try b.node(.softmax(axis: 1), x)
    let graph = try b.finish(try b.node(.binary(.add), left, right))
    let error = try #require(throws: ConversionError.self) {
      try Conversion(graph: graph, preprocessing: nil)
    }
    #expect(error.problems.count == 2, "\(error)")
    #expect(error.problems[0].contains("node0") && error.problems[1].contains("node1"))
  }

  @Test(arguments: [1, 3000] as [Float]) func softmaxSteeperThanInt8HoldsIsReported(scale: Float)
    throws
  {
    var b = GraphBuilder(seed: 1)
    let x = try b.tokens(try b.conv(b.input([1, 3, 12, 12]), outputs: 16, kernel: 3))
    let scaled = try b.node(.binary(.multiply), x, b.constant([], [scale]))
    let attended = try b.attention(scaled, heads: 2, windows: nil, bias: false)
    let graph = try b.finish(try b.mean(attended, axes: [1]))
    guard scale > 1 else {
      _ = try Converted(graph)
      return
    }
    let error = try #require(throws: ConversionError.self) { _ = try Converted(graph) }
    #expect(
      error.problems.count == 1 && error.problems[0].contains("too large for a softmax"), "\(error)"
    )
  }
}

extension GraphBuilder {
  mutating func mean(_ x: Value, axes: [Int]) throws -> Value {
    try node(.reduce(.mean, axes: axes, keepDimensions: false), x)
  }

  /// Multi-head self-attention as exporters write it, over all tokens or over the windows of a square map.
  mutating func attention(
    _ x: Value, heads: Int, windows: (side: Int, window: Int)?, bias: Bool
  ) throws -> Value {
    let (tokens, channels) = (shape(x)[1], shape(x)[2])
    var (source, batch, length) = (x, 1, tokens)
    if let (side, window) = windows {
      let n = side / window
      let split = try reshape(x, n, window, n, window, channels)
      source = try reshape(
        try transpose(split, 0, 2, 1, 3, 4), n * n, window * window, channels)
      (batch, length) = (n * n, window * window)
    }
    let depth = channels / heads
    let qkv = try reshape(try linear(source, outputs: 3 * channels), batch, length, 3, heads, depth)
    let parts = try nodes(
      .split(axis: 0, sizes: [1, 1, 1]), [try transpose(qkv, 2, 0, 3, 1, 4)])
    let (q, k, v) = (
      try reshape(parts[0], batch, heads, length, depth),
      try reshape(parts[1], batch, heads, length, depth),
      try reshape(parts[2], batch, heads, length, depth)
    )
    let scaled = try node(
      .binary(.multiply), q, constant([], [1 / Float(depth).squareRoot()]))
    var logits = try node(.matMul, scaled, try transpose(k, 0, 1, 3, 2))
    if bias { logits = try node(.binary(.add), logits, weights([1, heads, length, length])) }
    let mixed = try node(.matMul, try node(.softmax(axis: 3), logits), v)
    var joined = try reshape(try transpose(mixed, 0, 2, 1, 3), batch, length, channels)
    joined = try linear(joined, outputs: channels)
    if let (side, window) = windows {
      let n = side / window
      let split = try reshape(joined, n, n, window, window, channels)
      joined = try transpose(split, 0, 2, 1, 3, 4)
    }
    return try reshape(joined, 1, tokens, channels)
  }
}
