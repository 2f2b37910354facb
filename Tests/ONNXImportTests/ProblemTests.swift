import SwiftletGraph
import SwiftletONNXImport
import Testing

@Suite struct ProblemTests {
  private static let x = input("x", [1, 3, 8, 8])

  private func problems(
    _ nodes: [Onnx_NodeProto], opset: Int = 17, initializers: [Onnx_TensorProto] = []
  ) -> [NodeProblem] {
    let broken = model(
      opset: opset, inputs: [Self.x], initializers: initializers, nodes: nodes,
      outputs: nodes.compactMap(\.output.first))
    do {
      _ = try ONNXImport.graph(of: broken)
      return []
    } catch ONNXImportError.nodes(_, let problems) {
      return problems
    } catch {
      Issue.record("\(error)")
      return []
    }
  }

  @Test func allProblemsAreReportedAtOnce() {
    var conv = node("ConvTranspose", ["x"], ["a"])
    conv.name = "up"
    let found = problems([
      conv,
      node("Relu", ["a"], ["b"]),
      node("Frobnicate", ["x"], ["c"], domain: "acme"),
      node("Gelu", ["x"], ["d"], [attribute("approximate", "cubic")]),
      node("NoSuchOperator", ["b"], ["e"]),
      node("Relu", ["x"], ["f"]),
    ])
    #expect(found.map(\.node) == ["up", "c", "d", "e"])
    #expect(found.map(\.operator) == ["ConvTranspose", "Frobnicate", "Gelu", "NoSuchOperator"])
    #expect(found.map(\.domain) == ["ai.onnx", "acme", "ai.onnx", "ai.onnx"])
    #expect(found.map(\.opset) == [17, 0, 17, 17])
    #expect(found.map { $0.reason.contains("not supported") } == [true, true, true, true])
    #expect(found[0].remedy.contains("Resize"))
    #expect(found[2].reason.contains("'approximate' is 'cubic'"))
    let text = ONNXImportError.nodes(source: "m.onnx", problems: found).description
    #expect(text.hasPrefix("m.onnx: cannot import 4 nodes:\n"))
    #expect(text.split(separator: "\n").count == 5)
  }

  @Test func attributesNobodyReadsAreReported() {
    let found = problems([node("Relu", ["x"], ["y"], [attribute("slope", 1)])])
    #expect(found.first?.reason.contains("'slope'") == true)
  }

  @Test func attributesOfTheWrongTypeAreReported() {
    let found = problems([
      node("Softmax", ["x"], ["a"], [attribute("axis", Float(1))]),
      node("Concat", ["x"], ["b"], [attribute("axis", [1])]),
      node("LeakyRelu", ["x"], ["c"], [attribute("alpha", 1)]),
      node("Elu", ["x"], ["d"], [attribute("alpha", Float(1)), attribute("alpha", Float(2))]),
    ])
    #expect(found.count == 4)
    #expect(found[0].reason.contains("type float, not int"))
    #expect(found[3].reason.contains("given twice"))
  }

  /// What Resize does not compute is refused by the attribute's name, and accepted where it changes nothing.
  @Test func waysToResizeAreRefusedByName() {
    func reasons(_ mode: String, _ size: Int, _ more: Onnx_AttributeProto) -> [String] {
      problems(
        [node("Resize", ["x", "", "", "sizes"], ["y"], [attribute("mode", mode), more])],
        opset: 19, initializers: [integers("sizes", [1, 3, size, size])]
      ).map { "\($0.reason); \($0.remedy)" }
    }
    let (exclude, antialias) = (attribute("exclude_outside", 1), attribute("antialias", 1))
    let coefficient = attribute("cubic_coeff_a", Float(-0.5))
    #expect(reasons("cubic", 16, exclude).first?.contains("exclude_outside = 0") == true)
    #expect(reasons("cubic", 16, coefficient).first?.contains("'cubic_coeff_a' is '-0.5'") == true)
    for (mode, size) in [("linear", 4), ("cubic", 4), ("cubic", 16)] {
      #expect(reasons(mode, size, antialias).first?.contains("'antialias' is '1'") == true)
    }
    for (mode, attribute) in [
      ("linear", exclude), ("nearest", exclude), ("linear", coefficient), ("linear", antialias),
    ] {
      #expect(reasons(mode, 16, attribute).isEmpty)
    }
  }

  @Test func namesMustBeDefinedOnceAndWithoutCycles() {
    #expect(problems([node("Relu", ["nowhere"], ["y"])])[0].reason.contains("'nowhere'"))
    // A cycle.
    let cycle = problems([node("Add", ["x", "b"], ["a"]), node("Relu", ["a"], ["b"])])
    #expect(cycle.map(\.node) == ["b"])
    #expect(cycle[0].remedy.contains("cycles"))
    let twice = problems([node("Relu", ["x"], ["y"]), node("Exp", ["x"], ["y"])])
    #expect(twice[0].reason.contains("'y'"))
    let input = problems([node("Relu", ["x"], ["x"])])
    #expect(input[0].reason.contains("'x'"))
  }

  @Test func outputsThatNoBuilderGivesAreAProblemOnlyWhereUsed() throws {
    let pool = node("MaxPool", ["x"], ["y", "indices"], [attribute("kernel_shape", [2, 2])])
    #expect(problems([pool, node("Relu", ["y"], ["z"])]).isEmpty)
    let used = problems([pool, node("Cast", ["indices"], ["z"], [attribute("to", 1)])])
    #expect(used.first?.reason.contains("output 1 of a MaxPool") == true)
  }

  @Test func poolingsWhoseWindowsLieInThePadding() {
    for op in ["MaxPool", "AveragePool"] {
      for (pads, isAccepted) in [
        ([1, 1, 1, 1], true), ([2, 0, 0, 0], false), ([0, 0, 0, 2], false),
      ] {
        let pool = node(
          op, ["x"], ["y"], [attribute("kernel_shape", [2, 2]), attribute("pads", pads)])
        let found = problems([pool])
        #expect(found.isEmpty == isAccepted, "\(op) \(pads): \(found)")
        #expect(isAccepted || found[0].reason.contains("as large as its window"))
      }
    }
  }

  @Test func opsetsOutsideTheRangeAreAnError() {
    for (opset, isAccepted) in [(0, false), (6, false), (7, true), (25, true), (26, false)] {
      let relu = model(
        opset: opset, inputs: [Self.x], nodes: [node("Relu", ["x"], ["y"])], outputs: ["y"])
      let graph = try? ONNXImport.graph(of: relu)
      #expect((graph != nil) == isAccepted, "opset \(opset)")
    }
  }

  @Test func threeDimensionalWindowsAreReported() {
    let conv = model(
      inputs: [input("x", [1, 3, 8, 8, 8])],
      initializers: [floats("w", [2, 3, 1, 1, 1], .init(repeating: 0, count: 6))],
      nodes: [node("Conv", ["x", "w"], ["y"])], outputs: ["y"])
    #expect(throws: ONNXImportError.self) { try ONNXImport.graph(of: conv) }
  }

  /// Constants and attributes that would overflow, divide by zero or exhaust memory.
  @Test func hostileNumbersAreErrors() {
    let extremes = [Int.min, Int.min + 1, -1, 0, 1, 1 << 31, 1 << 40, Int.max - 1, Int.max]
    var rejected = 0
    for value in extremes {
      let numbers = [
        integers("scalar", [value], shape: []), integers("one", [value]),
        integers("two", [value, value]), integers("four", [value, value, value, value]),
        integers("eight", .init(repeating: value, count: 8)), integers("minus", [-1]),
        floats("scale", [4], .init(repeating: Float(value), count: 4)),
        floats("w", [3, 3, 1, 1], .init(repeating: 1, count: 9)),
      ]
      let two = [value, value]
      let cases: [Onnx_NodeProto] = [
        node("Reshape", ["x", "four"], ["y"]), node("Expand", ["x", "four"], ["y"]),
        node("Tile", ["x", "four"], ["y"]), node("ConstantOfShape", ["four"], ["y"]),
        node("Slice", ["x", "one", "one", "one", "one"], ["y"]),
        node("Slice", ["x", "one", "minus", "minus", "one"], ["y"]),
        node("Pad", ["x", "eight"], ["y"]), node("Resize", ["x", "", "", "four"], ["y"]),
        node("Resize", ["x", "", "scale"], ["y"]), node("Gather", ["x", "one"], ["y"]),
        node("Split", ["x", "two"], ["y", "z"]), node("Unsqueeze", ["x", "one"], ["y"]),
        node("Range", ["scalar", "minus", "scalar"], ["y"]),
        node("Div", ["one", "minus"], ["y"]), node("Div", ["one", "one"], ["y"]),
        node("Mod", ["one", "minus"], ["y"]), node("Mod", ["minus", "one"], ["y"]),
        node("Mul", ["one", "one"], ["y"]), node("Add", ["one", "one"], ["y"]),
        node("Sub", ["minus", "one"], ["y"]), node("Neg", ["one"], ["y"]),
        node("Abs", ["one"], ["y"]), node("Pow", ["one", "one"], ["y"]),
        node("ReduceSum", ["two"], ["y"]), node("ReduceProd", ["two"], ["y"]),
        node("ReduceMean", ["two"], ["y"]), node("Trilu", ["x", "scalar"], ["y"]),
        node("CumSum", ["two", "scalar"], ["y"]), node("SplitToSequence", ["x", "scalar"], ["s"]),
        node("Conv", ["x", "w"], ["y"], [attribute("group", value)]),
        node("Conv", ["x", "w"], ["y"], [attribute("strides", two)]),
        node("Conv", ["x", "w"], ["y"], [attribute("dilations", two)]),
        node("Conv", ["x", "w"], ["y"], [attribute("pads", two + two)]),
        node("MaxPool", ["x"], ["y"], [attribute("kernel_shape", two), attribute("ceil_mode", 1)]),
        node("Softmax", ["x"], ["y"], [attribute("axis", value)]),
        node("Flatten", ["x"], ["y"], [attribute("axis", value)]),
        node("Shape", ["x"], ["y"], [attribute("start", value), attribute("end", value)]),
        node("Transpose", ["x"], ["y"], [attribute("perm", two + two)]),
        node("DepthToSpace", ["x"], ["y"], [attribute("blocksize", value)]),
        node("GroupNormalization", ["x", "w", "w"], ["y"], [attribute("num_groups", value)]),
        node("Cast", ["x"], ["y"], [attribute("to", value)]),
        node("LayerNormalization", ["x", "w"], ["y"], [attribute("axis", value)]),
      ]
      for hostile in cases {
        let model = model(
          opset: 18, inputs: [Self.x], initializers: numbers, nodes: [hostile],
          outputs: [hostile.output[0]])
        if (try? ONNXImport.graph(of: model)) == nil { rejected += 1 }
      }
    }
    #expect(rejected > 200)
  }

  /// What a chain of foldable nodes may compute is bounded as a whole.
  @Test func foldingIsBounded() {
    var nodes = [node("ConstantOfShape", ["big"], ["c0"])]
    for index in 0..<40 {
      nodes.append(node("Neg", ["c\(index)"], ["c\(index + 1)"]))
    }
    let found = problems(nodes, initializers: [integers("big", [1 << 13, 1 << 10])])
    #expect(found.count == 1)
    #expect(found.first?.reason.contains("\(1 << 28) elements") == true)
  }
}
