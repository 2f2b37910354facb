import Foundation
import SwiftletGraph
import SwiftletONNXImport

/// Shorthand for writing ONNX models in tests.
func model(
  opset: Int = 17, inputs: [Onnx_ValueInfoProto] = [], initializers: [Onnx_TensorProto] = [],
  nodes: [Onnx_NodeProto], outputs: [String], functions: [Onnx_FunctionProto] = []
) -> Onnx_ModelProto {
  var model = Onnx_ModelProto()
  model.irVersion = 8
  model.opsetImport = [opsetID(opset)]
  model.graph.input = inputs
  model.graph.initializer = initializers
  model.graph.node = nodes
  model.graph.output = outputs.map { name in
    var output = Onnx_ValueInfoProto()
    output.name = name
    return output
  }
  model.functions = functions
  return model
}

func opsetID(_ version: Int, domain: String = "") -> Onnx_OperatorSetIdProto {
  var entry = Onnx_OperatorSetIdProto()
  entry.domain = domain
  entry.version = Int64(version)
  return entry
}

/// An input; a nil dimension is dynamic.
func input(
  _ name: String, _ shape: [Int?], _ type: Onnx_TensorProto.DataType = .float
) -> Onnx_ValueInfoProto {
  var info = Onnx_ValueInfoProto()
  info.name = name
  info.type.tensorType.elemType = Int32(type.rawValue)
  info.type.tensorType.shape.dim = shape.map { size in
    var dimension = Onnx_TensorShapeProto.Dimension()
    if let size { dimension.dimValue = Int64(size) } else { dimension.dimParam = "n" }
    return dimension
  }
  return info
}

func floats(_ name: String, _ shape: [Int], _ values: [Float]) -> Onnx_TensorProto {
  var tensor = Onnx_TensorProto()
  tensor.name = name
  tensor.dims = shape.map(Int64.init)
  tensor.dataType = Int32(Onnx_TensorProto.DataType.float.rawValue)
  tensor.floatData = values
  return tensor
}

func integers(_ name: String, _ values: [Int], shape: [Int]? = nil) -> Onnx_TensorProto {
  var tensor = Onnx_TensorProto()
  tensor.name = name
  tensor.dims = (shape ?? [values.count]).map(Int64.init)
  tensor.dataType = Int32(Onnx_TensorProto.DataType.int64.rawValue)
  tensor.int64Data = values.map(Int64.init)
  return tensor
}

func node(
  _ operator: String, _ inputs: [String], _ outputs: [String],
  _ attributes: [Onnx_AttributeProto] = [], domain: String = ""
) -> Onnx_NodeProto {
  var node = Onnx_NodeProto()
  node.opType = `operator`
  node.input = inputs
  node.output = outputs
  node.attribute = attributes
  node.domain = domain
  return node
}

func attribute(_ name: String, _ value: Int) -> Onnx_AttributeProto {
  var attribute = Onnx_AttributeProto()
  (attribute.name, attribute.type, attribute.i) = (name, .int, Int64(value))
  return attribute
}

func attribute(_ name: String, _ value: Float) -> Onnx_AttributeProto {
  var attribute = Onnx_AttributeProto()
  (attribute.name, attribute.type, attribute.f) = (name, .float, value)
  return attribute
}

func attribute(_ name: String, _ values: [Int]) -> Onnx_AttributeProto {
  var attribute = Onnx_AttributeProto()
  (attribute.name, attribute.type, attribute.ints) = (name, .ints, values.map(Int64.init))
  return attribute
}

func attribute(_ name: String, _ text: String) -> Onnx_AttributeProto {
  var attribute = Onnx_AttributeProto()
  (attribute.name, attribute.type, attribute.s) = (name, .string, Data(text.utf8))
  return attribute
}

func attribute(_ name: String, _ tensor: Onnx_TensorProto) -> Onnx_AttributeProto {
  var attribute = Onnx_AttributeProto()
  (attribute.name, attribute.type, attribute.t) = (name, .tensor, tensor)
  return attribute
}

func attribute(_ name: String, _ graph: Onnx_GraphProto) -> Onnx_AttributeProto {
  var attribute = Onnx_AttributeProto()
  (attribute.name, attribute.type, attribute.g) = (name, .graph, graph)
  return attribute
}

extension Graph {
  /// The constants that the outputs have been folded to; nil where one has not.
  var constantOutputs: [Tensor]? {
    let constants = outputs.compactMap { values[$0].constant }
    return constants.count == outputs.count ? constants : nil
  }

  var operators: [Operator] { nodes.map(\.op) }
}

/// The tensor that the importer makes of a serialised one.
func decoded(_ proto: Onnx_TensorProto) throws -> Tensor {
  var proto = proto
  proto.name = "x"
  let graph = try ONNXImport.graph(of: model(initializers: [proto], nodes: [], outputs: ["x"]))
  return graph.values[graph.outputs[0]].constant ?? Tensor(shape: [0], [])
}
