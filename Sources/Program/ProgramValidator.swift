/// Checks a program and its tensors, so that the runtime may run it unchecked. What holds afterwards is what the
/// documentation of `Program` and of each instruction says, and that no accumulator wraps (docs/ARITHMETIC.md, "No accumulator wraps").
package struct ProgramValidator {
  /// Elements of one activation, and of one padded map, at most.
  static let elementLimit = 1 << 28
  /// Tensors, and instructions, at most.
  static let countLimit = 1 << 16
  /// Sides and strides of maps, at most.
  static let sideLimit = 1 << 16

  let program: Program
  let labels: [String]
  let data: [DataName: DataView]
  /// What is being checked, for messages.
  private var place = "program"
  /// By tensor, the smallest value that it can hold; nil until it is written.
  private(set) var lowest: [Int?]

  init(program: Program, labels: [String], data: [DataName: DataView]) {
    self.program = program
    self.labels = labels
    self.data = data
    lowest = Array(repeating: nil, count: program.tensors.count)
  }

  mutating func validate() throws(ModelFileError) {
    try check(
      (1...Self.countLimit).contains(program.tensors.count), "\(program.tensors.count) tensors")
    try check(
      (1...Self.countLimit).contains(program.instructions.count),
      "\(program.instructions.count) instructions")
    for (id, tensor) in program.tensors.enumerated() {
      place = "tensor \(id) (\(quoted(tensor.title)))"
      try validate(tensor, id)
    }
    place = "input"
    try validate(program.input)
    for (index, instruction) in program.instructions.enumerated() {
      let body = instruction.body
      place = "instruction \(index) (\(body.kind) \(quoted(body.name)))"
      try body.validate(in: &self)
    }
    place = "output"
    try validateOutput()
  }

  private mutating func validate(_ tensor: ActivationTensor, _ id: Int) throws(ModelFileError) {
    let limit = Self.elementLimit
    try check(tensor.rows, in: 1...limit, "rows")
    try check(tensor.channels, in: 1...limit, "channels")
    try check(
      tensor.rows * tensor.channels <= limit,
      "\(tensor.rows) x \(tensor.channels) elements, expected at most \(limit)")
    try check(tensor.scale > 0 && tensor.scale.isFinite, "scale \(tensor.scale), expected above 0")
    try validateScales(of: tensor)
    try check(tensor.zeroPoint, in: tensor.type == .int8 ? -128...127 : 0...0, "zero point")
    guard let constant = tensor.constant else { return }
    let count = tensor.elementCount
    switch tensor.type {
    case .int8:
      let values = try elements(constant, Int8.self, .int8, count, "elements")
      lowest[id] = Int(values.prefix(count).min() ?? 0)
    case .int16:
      _ = try elements(constant, Int16.self, .int16, count, "elements")
      lowest[id] = Int(Int16.min)
    }
  }

  private func validateScales(of tensor: ActivationTensor) throws(ModelFileError) {
    guard let name = tensor.scales else { return }
    let scales = try elements(name, Float.self, .float32, tensor.channels, "scales")
    for channel in 0..<tensor.channels {
      let scale = scales[channel]
      try check(
        scale > 0 && scale.isFinite, "the scale of channel \(channel) is \(scale), expected above 0"
      )
    }
  }

  private func validateOutput() throws(ModelFileError) {
    for (id, tensor) in program.tensors.enumerated() where lowest[id] == nil {
      throw error("no instruction writes tensor \(id) (\(quoted(tensor.title)))")
    }
    let logits = try tensor(program.output, "logits")
    try check(logits.type == .int16, "the logits are \(logits.type.rawValue), expected int16")
    try check(logits.rows == 1, "the logits have \(logits.rows) rows, expected 1")
    try check(logits.constant == nil, "the logits are a constant")
    try check(
      labels.isEmpty || labels.count == logits.channels,
      "\(labels.count) labels for \(logits.channels) logits, expected as many or none")
  }

  // MARK: What the instructions' checks are made of

  func error(_ message: String) -> ModelFileError { ModelFileError("\(place): \(message)") }

  func check(
    _ condition: Bool, _ message: @autoclosure () -> String
  ) throws(ModelFileError) {
    guard condition else { throw error(message()) }
  }

  func check(
    _ value: Int, in range: ClosedRange<Int>, _ what: @autoclosure () -> String
  ) throws(ModelFileError) {
    guard range.contains(value) else {
      throw error("\(what()) is \(value), expected \(range.lowerBound)...\(range.upperBound)")
    }
  }

  /// A tensor by its number.
  func tensor(_ id: TensorID, _ what: String) throws(ModelFileError) -> ActivationTensor {
    guard program.tensors.indices.contains(id) else {
      throw error("\(what) is tensor \(id), there are \(program.tensors.count)")
    }
    return program.tensors[id]
  }

  /// A tensor that has been written.
  func written(_ id: TensorID, _ what: String) throws(ModelFileError) -> ActivationTensor {
    let tensor = try tensor(id, what)
    try check(lowest[id] != nil, "\(what) reads tensor \(id) before it is written")
    return tensor
  }

  /// The tensor of an operand that has been written, of one of these types; `takesRows` where a table may name its rows.
  func read(
    _ operand: Operand, _ what: String, _ types: ActivationType..., takesRows: Bool = false
  ) throws(ModelFileError) -> ActivationTensor {
    try check(
      takesRows || operand.rows == nil, "\(what) has a table of rows, expected all rows in order")
    let tensor = try written(operand.tensor, what)
    try check(operand.channels, in: 1...tensor.channels, "\(what)'s channels")
    try check(
      operand.offset, in: 0...tensor.channels - operand.channels, "\(what)'s channel offset")
    try check(types.contains(tensor.type), "\(what) is \(tensor.type.rawValue)")
    return tensor
  }

  /// Checks that a tensor's elements may move to another one unchanged.
  func checkAlike(_ input: TensorID, _ output: TensorID) throws(ModelFileError) {
    let (input, output) = (try tensor(input, "input"), try tensor(output, "output"))
    try check(
      input.type == output.type && input.zeroPoint == output.zeroPoint,
      "an input is \(input.type.rawValue) with zero point \(input.zeroPoint), the output \(output.type.rawValue) with "
        + "\(output.zeroPoint)")
  }

  /// Checks that operands have one shape; one row of the second may serve all rows.
  func validateShapes(
    _ left: Operand, _ leftTensor: ActivationTensor, _ right: Operand,
    _ rightTensor: ActivationTensor
  ) throws(ModelFileError) {
    try check(
      right.channels == left.channels && [1, leftTensor.rows].contains(rightTensor.rows),
      "the inputs are \(leftTensor.rows) x \(left.channels) and \(rightTensor.rows) x \(right.channels), "
        + "expected one shape, or one row as the second")
  }

  /// Marks the output of an instruction as written, which gives it its only values, none below `low`.
  mutating func write(
    _ id: TensorID, rows: Int, channels: Int, _ types: ActivationType..., low: Int
  ) throws(ModelFileError) {
    let output = try tensor(id, "output")
    try check(output.constant == nil && id != program.input.tensor, "writes an input or constant")
    try check(lowest[id] == nil, "writes tensor \(id), which is written already")
    try check(
      output.rows == rows && output.channels == channels,
      "the output is \(output.rows) x \(output.channels), expected \(rows) x \(channels)")
    try check(types.contains(output.type), "the output is \(output.type.rawValue)")
    lowest[id] = output.type == .int8 ? low : Int(Int16.min)
  }

  /// Marks the input as there.
  mutating func fill(_ id: TensorID) { lowest[id] = Int(Int8.min) }

  /// The elements of a tensor of the file: at least `count`, of the type.
  func elements<T: BitwiseCopyable>(
    _ name: DataName, _: T.Type, _ type: DataType, _ count: Int, _ what: String
  ) throws(ModelFileError) -> UnsafeBufferPointer<T> {
    guard let view = data[name] else {
      throw error("\(what) are in tensor \(quoted(name)), which the file does not have")
    }
    try check(
      view.type == type,
      "\(what) (\(quoted(name))) have type \(view.type.rawValue), expected \(type.rawValue)")
    try check(
      view.count >= count,
      "\(what) (\(quoted(name))) have \(view.count) elements, expected at least \(count)")
    return view.elements(as: T.self)
  }
}

/// A name from a file, for a message: short, on one line, without control characters.
func quoted(_ name: String) -> String { String(name.prefix(100)).debugDescription }
