import SwiftletGraph
import SwiftletONNXImport
import Testing

@Suite struct WalkTests {
  private static let image = input("x", [nil, 4, 6, 6])

  @Test func shapeArithmeticFoldsAway() throws {
    let graph = try ONNXImport.graph(
      of: model(
        inputs: [Self.image],
        initializers: [
          integers("zero", [0], shape: []), integers("axes", [0]), integers("open", [-1]),
        ],
        nodes: [
          node("Shape", ["x"], ["s"]),
          node("Gather", ["s", "zero"], ["n"]),
          node("Unsqueeze", ["n", "axes"], ["n1"]),
          node("Concat", ["n1", "open"], ["target"], [attribute("axis", 0)]),
          node("Reshape", ["x", "target"], ["y"]),
        ], outputs: ["y"]))
    #expect(graph.operators == [.reshape(shape: [1, 144])])
    #expect(graph.values.map(\.name) == ["x", "y"])
  }

  @Test func whatChangesNothingVanishes() throws {
    let graph = try ONNXImport.graph(
      of: model(
        inputs: [Self.image], initializers: [floats("unused", [1], [1])],
        nodes: [
          node("Identity", ["x"], ["a"]),
          node("Dropout", ["a"], ["b"]),
          node("Cast", ["b"], ["c"], [attribute("to", 10)]),
          node("Exp", ["c"], ["dead"]),
          node("Relu", ["c"], ["d"]),
          node("Identity", ["d"], ["y"]),
        ], outputs: ["y"]))
    #expect(graph.operators == [.unary(.relu)])
    #expect(graph.values.map(\.name) == ["x", "y"])
    try graph.validate()
  }

  @Test func sequencesAreTrackedWhileImporting() throws {
    let graph = try ONNXImport.graph(
      of: model(
        inputs: [Self.image],
        initializers: [integers("sizes", [1, 3]), integers("last", [-1], shape: [])],
        nodes: [
          node("SplitToSequence", ["x", "sizes"], ["s"], [attribute("axis", 1)]),
          node("SequenceAt", ["s", "last"], ["y"]),
        ], outputs: ["y"]))
    #expect(graph.operators == [.split(axis: 1, sizes: [1, 3])])
    #expect(graph.values[graph.outputs[0]].shape == [1, 3, 6, 6])
  }

  @Test func oldSoftmaxCountsTrailingAxesAsOne() throws {
    func operators(_ opset: Int, _ axis: Int) throws -> [Operator] {
      try ONNXImport.graph(
        of: model(
          opset: opset, inputs: [Self.image],
          nodes: [node("Softmax", ["x"], ["y"], [attribute("axis", axis)])], outputs: ["y"])
      ).operators
    }
    #expect(try operators(13, 1) == [.softmax(axis: 1)])
    #expect(try operators(12, 3) == [.softmax(axis: 3)])
    #expect(
      try operators(12, 1) == [
        .reshape(shape: [1, 144]), .softmax(axis: 1), .reshape(shape: [1, 4, 6, 6]),
      ])
  }

  @Test func attributesAndOperandsOfEveryOpsetMeanTheSame() throws {
    let operands = [
      integers("axes", [2, 3]), integers("starts", [1]), integers("ends", [3]),
      integers("axis", [2]), integers("sizes", [1, 3]), integers("pads", [0, 0, 1, 1, 0, 0, 2, 2]),
      floats("low", [], [0]), floats("high", [], [6]), integers("one", [1]),
    ]
    let pairs: [(old: (Int, Onnx_NodeProto), new: (Int, Onnx_NodeProto))] = [
      (
        (12, node("ReduceSum", ["x"], ["y"], [attribute("axes", [2, 3])])),
        (13, node("ReduceSum", ["x", "axes"], ["y"]))
      ),
      (
        (17, node("ReduceMean", ["x"], ["y"], [attribute("axes", [-2, -1])])),
        (18, node("ReduceMean", ["x", "axes"], ["y"]))
      ),
      (
        (
          9,
          node(
            "Slice", ["x"], ["y"],
            [attribute("starts", [1]), attribute("ends", [3]), attribute("axes", [2])])
        ),
        (10, node("Slice", ["x", "starts", "ends", "axis"], ["y"]))
      ),
      (
        (
          12,
          node("Split", ["x"], ["y", "z"], [attribute("split", [1, 3]), attribute("axis", 1)])
        ),
        (13, node("Split", ["x", "sizes"], ["y", "z"], [attribute("axis", 1)]))
      ),
      (
        (10, node("Pad", ["x"], ["y"], [attribute("pads", [0, 0, 1, 1, 0, 0, 2, 2])])),
        (11, node("Pad", ["x", "pads"], ["y"]))
      ),
      (
        (
          10,
          node("Clip", ["x"], ["y"], [attribute("min", Float(0)), attribute("max", Float(6))])
        ),
        (11, node("Clip", ["x", "low", "high"], ["y"]))
      ),
      (
        (12, node("Unsqueeze", ["x"], ["y"], [attribute("axes", [1])])),
        (13, node("Unsqueeze", ["x", "one"], ["y"]))
      ),
    ]
    for (old, new) in pairs {
      let graphs = try [old, new].map { opset, node in
        try ONNXImport.graph(
          of: model(
            opset: opset, inputs: [Self.image], initializers: operands, nodes: [node],
            outputs: ["y"]))
      }
      #expect(graphs[0].operators == graphs[1].operators)
      #expect(graphs[0].nodes.count == 1, "\(old.1.opType)")
    }
  }

  /// PyTorch's dynamo exporter states every attribute, also those that mean nothing beside scales.
  @Test func resizeByScalesOrSizesIsTheSame() throws {
    let stated = [
      attribute("mode", "linear"), attribute("keep_aspect_ratio_policy", "stretch"),
      attribute("nearest_mode", "floor"), attribute("cubic_coeff_a", Float(-0.75)),
      attribute("antialias", 0), attribute("exclude_outside", 0),
      attribute("extrapolation_value", Float(0)),
      attribute("coordinate_transformation_mode", "pytorch_half_pixel"),
    ]
    for inputs in [["x", "", "scales"], ["x", "", "", "sizes"]] {
      let graph = try ONNXImport.graph(
        of: model(
          opset: 18, inputs: [Self.image],
          initializers: [
            floats("scales", [4], [1, 1, 2, 1.5]), integers("sizes", [1, 4, 12, 9]),
          ],
          nodes: [node("Resize", inputs, ["y"], stated)], outputs: ["y"]))
      let expected = Resize(
        mode: .linear, coordinates: .pytorchHalfPixel, from: [1, 4, 6, 6], to: [1, 4, 12, 9])
      #expect(graph.operators == [.resize(expected)])
    }
  }

  /// Files hold nodes in any order, and nodes and initializers that nothing reads, of whatever kind.
  @Test func orderAndDeadNodesDoNotMatter() throws {
    var text = floats("words", [1], [])
    text.dataType = Int32(Onnx_TensorProto.DataType.string.rawValue)
    let graph = try ONNXImport.graph(
      of: model(
        inputs: [Self.image], initializers: [text],
        nodes: [
          node("Sigmoid", ["b"], ["y"]), node("NoSuchOperator", ["a"], ["z"]),
          node("Relu", ["x"], ["a"]), node("Tanh", ["a"], ["b"]),
        ], outputs: ["y"]))
    #expect(graph.operators == [.unary(.relu), .unary(.tanh), .unary(.sigmoid)])
  }

  /// Nothing is reduced, but what stands before and behind the sum is still computed.
  @Test(
    arguments: [
      ("ReduceL1", 2), ("ReduceL2", 2), ("ReduceSumSquare", 4), ("ReduceSum", -2),
      ("ReduceMax", -2),
    ] as [(String, Float)])
  func emptyAxesThatReduceNothing(_ operator: String, _ expected: Float) throws {
    let graph = try ONNXImport.graph(
      of: model(
        opset: 18, initializers: [floats("x", [1], [-2]), integers("axes", [])],
        nodes: [
          node(`operator`, ["x", "axes"], ["y"], [attribute("noop_with_empty_axes", 1)])
        ], outputs: ["y"]))
    #expect(graph.constantOutputs?[0].floats == [expected])
  }

  /// A mask that leaves a query nothing gives zeros, also where the keys' heads are repeated.
  @Test func aMaskedQueryAttendsToNothing() throws {
    var mask = integers("mask", [1, 1, 0, 0], shape: [2, 2])
    (mask.dataType, mask.int64Data) = (Int32(Onnx_TensorProto.DataType.bool.rawValue), [])
    mask.int32Data = [1, 1, 0, 0]
    let graph = try ONNXImport.graph(
      of: model(
        opset: 23,
        initializers: [
          floats("q", [1, 1, 2, 1], [1, 2]), floats("v", [1, 1, 2, 1], [3, 3]), mask,
        ], nodes: [node("Attention", ["q", "q", "v", "mask"], ["y"])], outputs: ["y"]))
    #expect(graph.constantOutputs?[0].floats == [3, 0])
  }

  @Test func nodesWithOneProblemAreOneLine() throws {
    let error = try #require(throws: ONNXImportError.self) {
      try ONNXImport.graph(
        of: model(
          inputs: [Self.image],
          nodes: (0..<20).map { node("NoSuchOperator", ["x"], ["y\($0)"]) }
            + [node("Other", ["x"], ["z"])],
          outputs: (0..<20).map { "y\($0)" } + ["z"]))
    }
    let lines = "\(error)".split(separator: "\n")
    #expect(lines.count == 3 && lines[1].contains("y0 and 19 more (NoSuchOperator"))
  }

  @Test func pythonSlicesOfEveryKind() throws {
    for size in 0...4 {
      for start in -6...6 {
        for end in -6...6 {
          for step in [-3, -2, -1, 1, 2, 3] {
            let x = (0..<size).map { $0 }
            let graph = try ONNXImport.graph(
              of: model(
                initializers: [
                  integers("x", x), integers("starts", [start]), integers("ends", [end]),
                  integers("axes", [0]), integers("steps", [step]),
                ],
                nodes: [node("Slice", ["x", "starts", "ends", "axes", "steps"], ["y"])],
                outputs: ["y"]))
            #expect(graph.constantOutputs?[0].integers == sliced(x, start, end, step))
          }
        }
      }
    }
  }

  /// Python's `x[start:end:step]`, by its definition.
  private func sliced(_ x: [Int], _ start: Int, _ end: Int, _ step: Int) -> [Int] {
    let (low, high) = step > 0 ? (0, x.count) : (-1, x.count - 1)
    func bound(_ index: Int) -> Int {
      min(max(index < 0 ? index + x.count : index, low), high)
    }
    return stride(from: bound(start), to: bound(end), by: step).map { x[$0] }
  }

  // MARK: Functions and branches

  private func double() -> Onnx_FunctionProto {
    var function = Onnx_FunctionProto()
    function.name = "Scale"
    function.domain = "pkg"
    function.input = ["a"]
    function.output = ["b"]
    function.attribute = ["by"]
    function.opsetImport = [opsetID(17)]
    var reference = Onnx_AttributeProto()
    (reference.name, reference.type, reference.refAttrName) = ("value_float", .float, "by")
    function.node = [
      node("Constant", [], ["k"], [reference]), node("Mul", ["a", "k"], ["b"]),
    ]
    return function
  }

  @Test func functionsAreInlined() throws {
    let graph = try ONNXImport.graph(
      of: model(
        inputs: [Self.image],
        nodes: [
          node("Scale", ["x"], ["t"], [attribute("by", Float(3))], domain: "pkg"),
          node("Scale", ["t"], ["y"], [attribute("by", Float(5))], domain: "pkg"),
        ], outputs: ["y"], functions: [double()]))
    #expect(graph.operators == [.binary(.multiply), .binary(.multiply)])
    #expect(graph.values.compactMap { $0.constant?.floats } == [[3], [5]])
    #expect(Set(graph.values.map(\.name)).isSuperset(of: ["x", "t", "y"]))
    try graph.validate()
  }

  @Test func functionsThatCallThemselvesAreErrors() {
    var loop = double()
    loop.node = [node("Scale", ["a"], ["b"], domain: "pkg")]
    var pair = double()
    pair.node = [
      node("Scale", ["a"], ["m"], domain: "pkg"), node("Scale", ["m"], ["b"], domain: "pkg"),
    ]
    for function in [loop, pair] {
      let recursive = model(
        inputs: [Self.image], nodes: [node("Scale", ["x"], ["y"], domain: "pkg")], outputs: ["y"],
        functions: [function])
      #expect(throws: ONNXImportError.self) { try ONNXImport.graph(of: recursive) }
    }
  }

  @Test func constantConditionsChooseABranch() throws {
    func branch(_ operator: String) -> Onnx_GraphProto {
      model(nodes: [node(`operator`, ["x"], ["r"])], outputs: ["r"]).graph
    }
    for (condition, expected) in [(1, Unary.relu), (0, .exp)] {
      let graph = try ONNXImport.graph(
        of: model(
          inputs: [Self.image], initializers: [integers("flag", [condition])],
          nodes: [
            node("Cast", ["flag"], ["c"], [attribute("to", 9)]),
            node(
              "If", ["c"], ["y"],
              [
                attribute("then_branch", branch("Relu")), attribute("else_branch", branch("Exp")),
              ]),
          ], outputs: ["y"]))
      #expect(graph.operators == [.unary(expected)])
    }
  }
}
