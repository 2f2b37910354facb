package import SwiftletGraph
package import SwiftletProgram

/// How a tensor's integers stand for real values: real = (q - zeroPoint) * scale.
package struct Quantization: Sendable, Equatable {
  package var type: ActivationType
  /// One entry, or one a channel: see `Equalization`, and what attention reads.
  package var scales: [Double]
  package var zeroPoint: Int
  /// The smallest int8 value in use: -127 for what attention reads.
  package var low = -128

  func scale(_ channel: Int) -> Double { scales[scales.count == 1 ? 0 : channel] }

  /// The scale that a range of channels shares.
  func scale(of operand: Operand) -> Double { scale(operand.offset) }

  /// What an integer stands for.
  func value(of integer: Int16, channel: Int) -> Double {
    Double(Int(integer) - zeroPoint) * scale(channel)
  }

  func quantize(_ value: Float, channel: Int = 0) -> Int {
    let limits = type == .int8 ? (-128, 127) : (-32768, 32767)
    let step = (Double(value) / scale(channel)).rounded() + Double(zeroPoint)
    return Int(max(Double(limits.0), min(Double(limits.1), step)))
  }
}

/// What a conversion yields before it is written.
package struct QuantizedModel: Sendable {
  package var program: Program
  package var data: [DataName: DataTensor]
  /// Channels without a single non-zero weight, by instruction name.
  package var deadChannels: [String: [Int]]
}

/// What quantization does beyond choosing ranges; tests and measurements leave some of it out.
package struct QuantizationMeasures: Sendable, Equatable {
  /// See `Equalization`.
  package var equalizes = true
  /// What rounding a layer's weights adds to its outputs on average is taken out of its bias.
  package var correctsBias = true
  /// A weight's rounding error counts by the variance of what the weight multiplies.
  package var weighsErrors = true

  package init(equalizes: Bool = true, correctsBias: Bool = true, weighsErrors: Bool = true) {
    self.equalizes = equalizes
    self.correctsBias = correctsBias
    self.weighsErrors = weighsErrors
  }
}

/// Turns a plan and its ranges into a program.
package struct Quantizer {
  let plan: Plan
  let graph: Graph
  let table: CalibrationTable
  let preprocessing: Preprocessing?
  let measures: QuantizationMeasures
  let solution: Solver
  let quantizations: [Quantization]

  var tensors: [ActivationTensor] = []
  var sources: [(planTensor: Int, quantization: Quantization)] = []
  var instructions: [Instruction] = []
  var data: [DataName: DataTensor] = [:]
  var deadChannels: [String: [Int]] = [:]
  var current: [TensorID: TensorID] = [:]
  var conversions: [Conversion: TensorID] = [:]
  var planes: [TensorID: Planes] = [:]

  /// A tensor in another form than its own.
  struct Conversion: Hashable {
    var tensor: TensorID
    var type: ActivationType
    var range: [Float]
  }

  package static func quantize(
    _ plan: Plan, graph: Graph, table: CalibrationTable, preprocessing: Preprocessing?,
    measures: QuantizationMeasures = .init(), promoting: Set<TensorID> = []
  ) throws -> QuantizedModel {
    var quantizer = try Quantizer(
      plan: plan, graph: graph, table: table, preprocessing: preprocessing, measures: measures,
      promoting: promoting)
    return try quantizer.run()
  }

  private init(
    plan: Plan, graph: Graph, table: CalibrationTable, preprocessing: Preprocessing?,
    measures: QuantizationMeasures, promoting: Set<TensorID>
  ) throws {
    self.plan = plan
    self.graph = graph
    self.table = table
    self.preprocessing = preprocessing
    self.measures = measures
    func entry(_ value: Graph.ValueID?) -> CalibrationTable.Entry? {
      value.flatMap { table.tensors[graph.values[$0].name] }
    }
    solution = Solver(plan, promoting: promoting) { entry(plan.tensors[$0].value)?.int8 }
    let missing = table.missingNames(for: plan, graph: graph)
    guard missing.isEmpty else {
      throw ConversionError(
        "the calibration table lacks \(missing.count) tensors of this model, \(missing[0]) first; calibrate it again"
      )
    }
    quantizations = solution.quantizations(
      entry, isImage: preprocessing != nil, equalizes: measures.equalizes)
  }

  private mutating func run() throws -> QuantizedModel {
    let input = addTensor(plan.input, quantizations[plan.input])
    current[plan.input] = input
    var problems: [String] = []
    var failed: Set<TensorID> = []
    for operation in plan.operations {
      guard failed.isDisjoint(with: operation.body.inputs) else {
        failed.insert(operation.output)
        continue
      }
      do { try operation.body.emit(operation, into: &self) } catch let error as ConversionError {
        problems += error.problems.map { "\(operation.name): \($0)" }
        failed.insert(operation.output)
      }
    }
    guard problems.isEmpty else { throw ConversionError(problems) }
    let output = try tensor(plan.output, as: .int16)
    guard tensors[output].rows == 1 else {
      throw ConversionError(
        "the output has \(tensors[output].rows) rows; a classifier with one row of logits is expected"
      )
    }
    let shape = Array(graph.values[graph.inputs[0]].shape.dropFirst())
    let program = Program(
      input: Input(tensor: input, shape: shape, preprocessing: preprocessing), tensors: tensors,
      instructions: instructions, output: output)
    return QuantizedModel(
      program: program, data: data, deadChannels: deadChannels)
  }
}

// MARK: tensors

extension Quantizer {
  mutating func addTensor(
    _ planTensor: TensorID, _ quantization: Quantization, as form: ActivationTensor.Form = .value
  ) -> TensorID {
    let source = plan.tensors[planTensor]
    var scales: DataName?
    if quantization.scales.count > 1 {
      let name = "tensor\(tensors.count).scales"
      data[name] = DataTensor(quantization.scales.map { Float($0) })
      scales = name
    }
    tensors.append(
      ActivationTensor(
        name: source.name, form: form, rows: source.rows,
        channels: source.channels, type: quantization.type, scale: Float(quantization.scales[0]),
        zeroPoint: quantization.zeroPoint, scales: scales))
    sources.append((planTensor, quantization))
    return tensors.count - 1
  }

  /// The program's tensor for an operation's output in its own form.
  mutating func outputTensor(_ operation: Plan.Operation) -> TensorID {
    // A promoted tensor's readers apply its ReLU, so it holds other values than the float model's.
    let id = addTensor(
      operation.output, quantizations[operation.output],
      as: promoted.contains(operation.output) && solution.limits[operation.output] != nil
        ? .unlimited : .value)
    current[operation.output] = id
    return id
  }

  /// The int8 tensor that an instruction without int16 results writes for an operation.
  mutating func narrowOutput(_ operation: Plan.Operation) throws -> TensorID {
    guard quantizations[operation.output].type == .int16 else { return outputTensor(operation) }
    guard let entry = entry(operation.output) else {
      throw ConversionError("the range of its output is unknown")
    }
    return addTensor(operation.output, .affine(entry.int8), as: .converted)
  }

  /// Brings what `narrowOutput` gave into the operation's own form.
  mutating func widenIfNeeded(_ narrow: TensorID, _ operation: Plan.Operation) throws {
    guard quantizations[operation.output].type == .int16,
      quantization(of: narrow).type == .int8
    else { return }
    let channels = plan.tensors[operation.output].channels
    try appendAffine(
      from: narrow, isImage: false, to: outputTensor(operation),
      scale: Array(repeating: 1, count: channels), shift: Array(repeating: 0, count: channels),
      name: operation.name + ".int16")
  }

  /// A tensor in its own form, converted first where another type is needed.
  mutating func tensor(_ planTensor: TensorID, as type: ActivationType) throws -> TensorID {
    if let constant = plan.tensors[planTensor].constant, current[planTensor] == nil {
      current[planTensor] = addConstant(planTensor, constant)
    }
    if quantizations[planTensor].type == type, !isImage(planTensor), let own = current[planTensor] {
      return own
    }
    guard type == .int8 else {
      let seen = entry(planTensor).map { Double($0.seen.magnitude) / 8192 }
      return try convert(
        planTensor,
        to: Quantization(
          type: .int16, scales: [streamScale(of: planTensor) ?? seen ?? 1], zeroPoint: 0), range: []
      )
    }
    guard let entry = entry(planTensor) else {
      let magnitude = Float(quantizations[planTensor].scales[0] * 8192)
      return try tensorAsInt8(planTensor, in: ValueRange(low: -magnitude, high: magnitude))
    }
    return try tensorAsInt8(planTensor, in: entry.int8)
  }

  /// A tensor in this very form, so that its elements may move.
  mutating func tensor(_ planTensor: TensorID, as form: Quantization) throws -> TensorID {
    let tensor = try tensor(planTensor, as: form.type)
    if quantization(of: tensor) == form { return tensor }
    return try convert(
      planTensor, to: form, range: [Float(form.scales[0]), Float(form.zeroPoint), Float(form.low)])
  }

  /// The scale of the int16 tensors that a tensor is added to.
  private func streamScale(of planTensor: TensorID) -> Double? {
    let group = solution.group(of: planTensor)
    let member = quantizations.indices.first {
      quantizations[$0].type == .int16 && solution.group(of: $0) == group
    }
    return member.map { quantizations[$0].scales[0] }
  }

  /// An int16 tensor, or the image, as int8 over a range.
  mutating func tensorAsInt8(_ planTensor: TensorID, in range: ValueRange) throws -> TensorID {
    try convert(planTensor, to: .affine(range), range: [range.low, range.high])
  }

  func entry(_ planTensor: TensorID) -> CalibrationTable.Entry? {
    entry(ofValue: plan.tensors[planTensor].value)
  }

  /// What calibration saw of a graph's value.
  func entry(ofValue value: Graph.ValueID?) -> CalibrationTable.Entry? {
    value.flatMap { table.tensors[graph.values[$0].name] }
  }

  /// Whether a tensor is the image, whose integers are pixels.
  func isImage(_ planTensor: TensorID) -> Bool {
    planTensor == plan.input && preprocessing != nil
  }

  var promoted: Set<TensorID> { solution.promoted }

  mutating func convert(
    _ planTensor: TensorID, to target: Quantization, range: [Float]
  ) throws -> TensorID {
    let key = Conversion(tensor: planTensor, type: target.type, range: range)
    if let done = conversions[key] { return done }
    guard let source = current[planTensor] else {
      throw ConversionError("tensor \(plan.tensors[planTensor].name) is read before it is written")
    }
    let channels = plan.tensors[planTensor].channels
    let converted = addTensor(planTensor, target, as: .converted)
    try appendAffine(
      from: source, isImage: isImage(planTensor), to: converted,
      scale: Array(repeating: 1, count: channels), shift: Array(repeating: 0, count: channels),
      name: tensors[converted].title)
    conversions[key] = converted
    return converted
  }

  private mutating func addConstant(_ planTensor: TensorID, _ values: [Float]) -> TensorID {
    let quantization = quantizations[planTensor]
    let id = addTensor(planTensor, quantization)
    let name = "tensor\(id)"
    let steps = values.map { quantization.quantize($0) }
    data[name] =
      quantization.type == .int8
      ? DataTensor(steps.map(Int8.init)) : DataTensor(steps.map(Int16.init))
    tensors[id].constant = name
    return id
  }

  /// An operand of the plan in a tensor of the program of this type.
  mutating func operand(_ operand: Operand, as type: ActivationType) throws -> Operand {
    operand.moved(to: try tensor(operand.tensor, as: type))
  }

  func quantization(of tensor: TensorID) -> Quantization { sources[tensor].quantization }

  /// Adds data that the next instruction reads.
  mutating func add(_ tensor: DataTensor, _ role: String) -> DataName {
    let name = "\(instructions.count).\(role)"
    data[name] = tensor
    return name
  }

  mutating func addRule(_ columns: RuleColumns, low: Int = -128, high: Int = 127) -> Rule {
    var columns = columns
    columns.pad()
    return Rule(
      bias: add(DataTensor(columns.bias), "bias"),
      multiplier: add(DataTensor(columns.multiplier), "multiplier"),
      shift: add(DataTensor(columns.shift), "shift"), low: low, high: high)
  }

  mutating func addTable(
    _ function: Unary, from input: Quantization, to output: Quantization
  ) -> DataName {
    let inputs = (-128...127).map { Float(Double($0 - input.zeroPoint) * input.scales[0]) }
    return add(
      DataTensor(function.values(at: inputs).map { Int8(output.quantize($0)) }), "table")
  }
}

extension Quantization {
  /// int8 over a range.
  static func affine(_ range: ValueRange) -> Quantization {
    let scale = Double(range.high - range.low) / 255
    let zeroPoint = (-128 - Double(range.low) / scale).rounded()
    return Quantization(
      type: .int8, scales: [scale], zeroPoint: Int(max(-128, min(127, zeroPoint))))
  }
}

extension Operand {
  /// The same channels of another tensor.
  func moved(to tensor: TensorID) -> Operand {
    Operand(tensor: tensor, offset: offset, channels: channels)
  }
}

extension ActivationType {
  /// The largest magnitude that an element can have.
  var largestMagnitude: Int { self == .int8 ? 128 : 32768 }
}
