import Foundation
import SwiftProtobuf
import SwiftletGraph
import SwiftletONNXImport
import Testing

/// The ONNX project's own test cases for single operators, each imported twice: as a model whose floats are inputs, which
/// the interpreter runs, and as constants, which the importer folds.
@Suite struct NodeConformanceTests {
  static let folder = ProcessInfo.processInfo.environment["SWIFTLET_ONNX_NODE_DATA"]

  @Test(
    .enabled(
      if: folder != nil,
      "SWIFTLET_ONNX_NODE_DATA names no folder (onnx/backend/test/data/node of the onnx package)"))
  func everyCaseOfKnownOperatorsPasses() throws {
    let root = URL(fileURLWithPath: try #require(Self.folder))
    let names = try FileManager.default.contentsOfDirectory(atPath: root.path).sorted()
    #expect(names.count > 1000, "\(root.path) does not hold the ONNX node test data")
    var passed = 0
    var skipped: [String: Int] = [:]
    for name in names {
      guard let testCase = try NodeCase(root.appendingPathComponent(name)) else { continue }
      guard testCase.isKnown else { continue }
      if let rule = NodeCase.skipped.first(where: {
        name.range(of: $0.pattern, options: .regularExpression) != nil
      }) {
        skipped[rule.pattern, default: 0] += 1
        #expect(testCase.problem() != nil, "\(name) passes: '\(rule.pattern)' is too wide")
        continue
      }
      let problem = testCase.problem()
      if problem == nil { passed += 1 }
      #expect(problem == nil, "\(name): \(problem ?? "")")
    }
    let skips = skipped.values.reduce(0, +)
    print("ONNX node conformance: \(passed) cases passed, \(skips) skipped by rule")
    #expect(passed > 600)
    for rule in NodeCase.skipped {
      #expect(skipped[rule.pattern] != nil, "no case matches the skip rule '\(rule.pattern)'")
    }
  }
}

/// One folder of the node test data.
struct NodeCase {
  let name: String
  let model: Onnx_ModelProto
  let inputs: [Onnx_TensorProto]
  let outputs: [Onnx_TensorProto]

  /// Nil for cases of sequences, optionals and maps as inputs or outputs: graphs hold tensors.
  init?(_ folder: URL) throws {
    name = folder.lastPathComponent
    let model = try Onnx_ModelProto(
      serializedBytes: Data(contentsOf: folder.appendingPathComponent("model.onnx")))
    for value in model.graph.input + model.graph.output {
      guard case .tensorType? = value.type.value else { return nil }
    }
    self.model = model
    func tensors(_ kind: String, _ count: Int) throws -> [Onnx_TensorProto] {
      try (0..<count).map { index in
        let file = folder.appendingPathComponent("test_data_set_0/\(kind)_\(index).pb")
        return try Onnx_TensorProto(serializedBytes: Data(contentsOf: file))
      }
    }
    inputs = try tensors("input", model.graph.input.count)
    outputs = try tensors("output", model.graph.output.count)
  }

  private static let known = Set(ONNXImport.operators)

  var isKnown: Bool {
    model.graph.node.allSatisfy { node in
      (node.domain.isEmpty || node.domain == "ai.onnx") && Self.known.contains(node.opType)
    }
  }

  /// Why the case fails, or nil.
  func problem() -> String? {
    do {
      let expected = try outputs.map(decoded)
      let folded = try ONNXImport.graph(of: bound { _ in true }, anyBatch: true)
      guard let constants = folded.constantOutputs else { return "not folded" }
      if let difference = difference(constants, expected) { return "folded: \(difference)" }
      if model.graph.node.contains(where: { Self.foldedOnly.contains($0.opType) }) { return nil }

      let graph = try ONNXImport.graph(of: bound(isConstant), anyBatch: true)
      let data = try inputs.enumerated().filter { !isConstant($0.offset) }.map {
        try decoded($0.element)
      }
      let results = try Interpreter(graph).run(data)
      return difference(results, expected).map { "computed: \($0)" }
    } catch {
      return "\(error)"
    }
  }

  /// The model with those of its inputs as initializers.
  private func bound(_ isConstant: (Int) -> Bool) -> Onnx_ModelProto {
    var model = model
    for (index, input) in inputs.enumerated() where isConstant(index) {
      var tensor = input
      tensor.name = model.graph.input[index].name
      model.graph.initializer.append(tensor)
    }
    // An input that is also an initializer is constant; the rest take their shapes from the data.
    for (index, input) in inputs.enumerated() {
      model.graph.input[index].type.tensorType.shape.dim = input.dims.map { size in
        var dimension = Onnx_TensorShapeProto.Dimension()
        dimension.dimValue = size
        return dimension
      }
    }
    return model
  }

  private func isConstant(_ index: Int) -> Bool {
    let floats: [Onnx_TensorProto.DataType] = [.float, .double, .float16, .bfloat16]
    if !floats.contains(where: { $0.rawValue == Int(inputs[index].dataType) }) { return true }
    let name = model.graph.input[index].name
    return model.graph.node.contains { node in
      Self.constantOperands[node.opType]?.contains { node.input.dropFirst($0).first == name }
        ?? false
    }
  }

  private func difference(_ actual: [Tensor], _ expected: [Tensor]) -> String? {
    guard actual.count == expected.count else { return "\(actual.count) outputs" }
    for (index, (a, e)) in zip(actual, expected).enumerated() {
      guard a.shape == e.shape, a.elementType == e.elementType else {
        return "output \(index) is \(a.elementType) \(a.shape), not \(e.elementType) \(e.shape)"
      }
      guard let values = a.floats, let wanted = e.floats else {
        if a != e { return "output \(index) is \(a.storage), not \(e.storage)" }
        continue
      }
      // The tolerances of ONNX's own runner, wider where the case computes in 16 bits.
      let types = (outputs + inputs).map { Int($0.dataType) }
      let isShort = types.contains { [10, 16].contains($0) }
      let (relative, absolute): (Float, Float) = isShort ? (1e-2, 1e-2) : (1e-3, 1e-6)
      for (position, (value, want)) in zip(values, wanted).enumerated() {
        if value == want || (value.isNaN && want.isNaN) { continue }
        if !(abs(value - want) <= absolute + relative * abs(want)) {
          return "output \(index) holds \(value) at \(position), not \(want)"
        }
      }
    }
    return nil
  }

  /// Operators that are imported only where they fold.
  static let foldedOnly: Set<String> = ["ArgMax", "ArgMin", "CumSum", "NonZero", "Range"]

  /// Float operands that must be constant.
  static let constantOperands: [String: [Int]] = [
    "Dropout": [1], "Pad": [2], "Resize": [1, 2], "Upsample": [1],
  ]

  /// Cases that are outside what the importer promises; it reports each of them.
  static let skipped: [(pattern: String, reason: String)] = [
    ("FLOAT8", "8-bit floats are not among the element types"),
    ("FLOAT4E2M1", "4-bit floats are not among the element types"),
    ("INT4", "4-bit integers are not among the element types"),
    ("INT2", "2-bit integers are not among the element types"),
    ("equal_string", "strings are not among the element types"),
    ("bool_inputs", "the graph reduces numbers only"),
    ("maxpool_2d_uint8", "the graph pools floats only"),
    ("select_last_index", "of equal values the lower index wins, everywhere in this engine"),
    ("_softcap$", "soft-capped attention logits are a language model's"),
    ("_past_and_present.*(?<!_expanded)$", "key-value caches are a language model's"),
    ("_padded_kv$", "key-value caches are a language model's"),
    ("attention_4d_with_qk_matmul(_bias|_softmax)?$", "attention's logits as an output"),
    ("pool_3d", "windows have one axis or two"),
    ("maxpool_with_argmax", "indices as an output of MaxPool"),
    ("^test_not_", "opset 1; opsets are accepted from 7 on"),
    ("_empty_set(_expanded)?$", "the mean or maximum of nothing has no value"),
    ("antialias", "Resize with antialias averages by a filter of its own"),
    ("cubic_A_n0p5_exclude_outside", "cubic Resize with another coefficient"),
    ("tf_crop_and_resize", "Resize that crops"),
    (
      "resize_downsample_scales_(cubic|linear)_align_corners$",
      "aligned corners of a fractional size: as ONNX Runtime, whole elements are counted"
    ),
    ("scatternd_(add|max|min|multiply)$", "ScatterND with a reduction"),
    ("training_dropout(_default|_default_mask|_mask)?$", "training: random masks"),
    ("wrap_pad", "Pad that wraps around"),
  ]
}
