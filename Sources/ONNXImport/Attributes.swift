/// A node's attributes, typed on access. What no builder has read is reported, so nothing is ignored silently.
final class Attributes {
  private var attributes: [String: Onnx_AttributeProto] = [:]
  private var unread: Set<String> = []

  /// The node's attributes, with references to a function's attributes replaced by the call's.
  init(
    _ node: Onnx_NodeProto, functionAttributes: [String: Onnx_AttributeProto]
  ) throws(NodeFailure) {
    for attribute in node.attribute {
      var resolved = attribute
      if !attribute.refAttrName.isEmpty {
        guard let actual = functionAttributes[attribute.refAttrName] else { continue }
        resolved = actual
      }
      guard attributes.updateValue(resolved, forKey: attribute.name) == nil else {
        throw NodeFailure("attribute '\(attribute.name)' is given twice")
      }
    }
    unread = Set(attributes.keys)
  }

  /// All attributes as they are, for a function call.
  var all: [String: Onnx_AttributeProto] {
    unread = []
    return attributes
  }

  /// The names of attributes that no builder has asked for.
  var unreadNames: [String] { unread.sorted() }

  func contains(_ name: String) -> Bool { attributes[name] != nil }

  /// Attributes that change nothing about the values that are computed.
  func ignore(_ names: String...) { unread.subtract(names) }

  func int(_ name: String) throws(NodeFailure) -> Int? {
    try typed(name, .int, \.hasI).map { Int($0.i) }
  }

  func int(_ name: String, default value: Int) throws(NodeFailure) -> Int {
    try int(name) ?? value
  }

  func flag(_ name: String, default value: Bool = false) throws(NodeFailure) -> Bool {
    try int(name).map { $0 != 0 } ?? value
  }

  func float(_ name: String) throws(NodeFailure) -> Float? {
    try typed(name, .float, \.hasF)?.f
  }

  func float(_ name: String, default value: Float) throws(NodeFailure) -> Float {
    try float(name) ?? value
  }

  func ints(_ name: String) throws(NodeFailure) -> [Int]? {
    try typed(name, .ints) { !$0.ints.isEmpty }.map { $0.ints.map(Int.init) }
  }

  func floats(_ name: String) throws(NodeFailure) -> [Float]? {
    try typed(name, .floats) { !$0.floats.isEmpty }?.floats
  }

  func tensor(_ name: String) throws(NodeFailure) -> Onnx_TensorProto? {
    try typed(name, .tensor, \.hasT)?.t
  }

  func graph(_ name: String) throws(NodeFailure) -> Onnx_GraphProto? {
    try typed(name, .graph, \.hasG)?.g
  }

  func string(_ name: String, default value: String) throws(NodeFailure) -> String {
    guard let attribute = try typed(name, .string, \.hasS) else { return value }
    return String(decoding: attribute.s, as: UTF8.self)
  }

  /// A string attribute that must be one of the keys of `choices`.
  func choice<Choice>(
    _ name: String, default value: String, _ choices: [String: Choice]
  ) throws(NodeFailure) -> Choice {
    let text = try string(name, default: value)
    if let choice = choices[text] { return choice }
    throw unsupported(name, text, expected: choices.keys.sorted().joined(separator: ", "))
  }

  /// Integers that measure a window or a tensor: small enough that no sum of them can overflow.
  func extents(_ name: String, minimum: Int = 0) throws(NodeFailure) -> [Int]? {
    guard let values = try ints(name) else { return nil }
    for value in values where value < minimum || value > Limits.extent {
      throw NodeFailure(
        "attribute '\(name)' holds \(value); \(minimum)...\(Limits.extent) expected")
    }
    return values
  }

  /// Fails unless the attribute is absent or has the only supported value.
  func require(_ name: String, equals value: Int) throws(NodeFailure) {
    if let actual = try int(name), actual != value {
      throw unsupported(name, "\(actual)", expected: "\(value)")
    }
  }

  func unsupported(_ name: String, _ value: String, expected: String) -> NodeFailure {
    NodeFailure(
      "attribute '\(name)' is '\(value)', which is not supported",
      remedy: "export the model with \(name) = \(expected)")
  }

  private func typed(
    _ name: String, _ type: Onnx_AttributeProto.AttributeType,
    _ isSet: (Onnx_AttributeProto) -> Bool
  ) throws(NodeFailure) -> Onnx_AttributeProto? {
    guard let attribute = attributes[name] else { return nil }
    unread.remove(name)
    // Models older than IR version 2 leave the type out.
    guard attribute.type == type || (attribute.type == .undefined && isSet(attribute)) else {
      throw NodeFailure("attribute '\(name)' has type \(attribute.type), not \(type)")
    }
    return attribute
  }
}
