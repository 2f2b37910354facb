import Foundation
import SwiftletProgram

/// A program that holds every instruction, with all the data it needs.
struct SampleProgram {
  var program: Program
  var data: [DataName: DataTensor] = [:]
  var labels = (0..<10).map { "label \($0)" }
  private var random = SplitMix(state: 1)

  init() {
    program = Program(
      input: Input(
        tensor: 0, shape: [3, 8, 8],
        preprocessing: Preprocessing(
          resize: 9, height: 8, width: 8, interpolation: .bicubic, mean: [0.5, 0.25, 0.125],
          std: [0.25, 0.5, 1])),
      tensors: [], instructions: [], output: 0)
    let image = tensor(64, 4)
    let (stem, local) = addMaps(image)
    let (stream, mixed) = addAttention(local)
    addHead(stem, stream, mixed)
  }

  private mutating func addMaps(_ image: TensorID) -> (stem: TensorID, local: TensorID) {
    let stem = tensor(16, 16, zeroPoint: -3)
    data["stem.padding"] = DataTensor([Int8](repeating: -7, count: 4))
    program.instructions.append(
      .convolution(
        Convolution(
          name: "stem", input: whole(image), output: stem,
          window: Window(
            inputHeight: 8, inputWidth: 8, outputHeight: 4, outputWidth: 4, kernelHeight: 3,
            kernelWidth: 3, strideY: 2, strideX: 2, padTop: 1, padLeft: 1),
          weights: panels("stem", 16, runs: 3, run: 12, depth: 64), padding: "stem.padding",
          rule: rule("stem", 16), epilogue: Epilogue())))
    let local = tensor(16, 16, zeroPoint: 5)
    data["local.padding"] = DataTensor([Int8](repeating: -3, count: 16))
    data["local.table"] = DataTensor((0..<256).map { Int8(max(0, $0 - 128)) })
    program.instructions.append(
      .depthwise(
        Depthwise(
          name: "local", input: whole(stem), output: local,
          window: Window(
            inputHeight: 4, inputWidth: 4, outputHeight: 4, outputWidth: 4, kernelHeight: 3,
            kernelWidth: 3, padTop: 1, padLeft: 1),
          weights: panels("local", 16, runs: 1, run: 9, depth: 12), padding: "local.padding",
          rule: rule("local", 16),
          epilogue: Epilogue(
            residual: .init(operand: whole(stem), multiplier: 9000), table: "local.table"))))
    // A dilated convolution has one run a tap: three channels are padded to four.
    let dilated = tensor(16, 20)
    data["dilated.padding"] = DataTensor([Int8](repeating: 5, count: 3))
    program.instructions.append(
      .convolution(
        Convolution(
          name: "dilated", input: Operand(tensor: local, offset: 13, channels: 3), output: dilated,
          window: Window(
            inputHeight: 4, inputWidth: 4, outputHeight: 4, outputWidth: 4, kernelHeight: 3,
            kernelWidth: 3, dilationY: 2, dilationX: 2, padTop: 2, padLeft: 2),
          weights: panels("dilated", 20, runs: 9, run: 3, depth: 64), padding: "dilated.padding",
          rule: rule("dilated", 20), epilogue: Epilogue())))
    return (stem, dilated)
  }

  private mutating func addAttention(_ local: TensorID) -> (stream: TensorID, mixed: TensorID) {
    let embedded = tensor(16, 16, .int16)
    linear("embed", local, embedded)
    let positions = tensor(16, 16, .int16)
    program.tensors[positions].constant = "positions"
    data["positions"] = DataTensor((0..<256).map { Int16($0 * 50 - 6000) }, shape: [16, 16])
    let stream = tensor(16, 16, .int16)
    program.instructions.append(
      .add(
        Add(
          name: "position", left: whole(embedded), right: whole(positions), output: stream,
          leftMultiplier: 0, rightMultiplier: 0, low: -128, high: 127)))
    let normal = tensor(16, 16)
    program.instructions.append(
      .layerNorm(
        LayerNorm(
          name: "norm", input: whole(stream), output: normal, epsilon: 700,
          mantissa: 1_610_612_736, exponent: -23, rule: rule("norm", 16))))
    let qkv = tensor(16, 48)
    linear("qkv", normal, qkv, low: -127)
    let mixed = tensor(16, 16)
    data["windows"] = DataTensor((0..<16).map { Int32(($0 * 5) % 16) })
    data["keys"] = DataTensor((0..<8).map { Int32($0) })
    data["attention.bias"] = DataTensor(
      [Int16](repeating: -64, count: 2 * 2 * 4 * 2), shape: [2, 2, 4, 2])
    data["exponentials"] = DataTensor(Attention.exponentTable(bits: 14))
    program.instructions.append(
      .attention(
        Attention(
          name: "attention", query: Operand(tensor: qkv, offset: 0, channels: 16, rows: "windows"),
          key: Operand(tensor: qkv, offset: 16, channels: 16, rows: "keys"),
          value: Operand(tensor: qkv, offset: 32, channels: 16, rows: "keys"), output: mixed,
          heads: 2, groups: 4,
          queryTokens: 4, keyTokens: 2,
          logits: .init(bias: 512, multiplier: 20000, shift: 3), bias: "attention.bias",
          biasGroups: 2, exponentBits: 14, exponentTable: "exponentials",
          outputMantissa: 1 << 30, outputExponent: -24, low: -127, high: 127)))
    let next = tensor(16, 16, .int16)
    linear("projection", mixed, next, residual: stream)
    return (next, mixed)
  }

  private mutating func addHead(_ stem: TensorID, _ stream: TensorID, _ mixed: TensorID) {
    let narrow = tensor(16, 16)
    program.instructions.append(
      .requantize(
        Requantize(
          name: "narrow", input: whole(stream), output: narrow, rule: rule("narrow", 16))))
    let active = tensor(16, 16)
    data["gelu"] = DataTensor((0..<256).map { Int8($0 / 2) })
    program.instructions.append(
      .lookup(Lookup(name: "gelu", input: whole(narrow), output: active, table: "gelu")))
    let joined = tensor(16, 32)
    data["joined.offsets"] = DataTensor((0..<32).map { Int32($0 / 2 * 16) })
    data["joined.sources"] = DataTensor((0..<32).map { Int32($0 % 2) })
    program.instructions.append(
      .gather(
        Gather(
          name: "joined", inputs: [active, mixed], output: joined, run: 16,
          offsets: "joined.offsets", sources: "joined.sources")))
    let squeezed = tensor(1, 32)
    mean("squeeze", joined, squeezed, table: "gelu")
    let gated = tensor(16, 32)
    program.instructions.append(
      .multiply(
        Multiply(
          name: "gate", left: whole(joined), right: whole(squeezed), output: gated,
          rule: .init(bias: 32, multiplier: 30000, shift: 5), low: -128, high: 127)))
    let sum = tensor(16, 32, zeroPoint: 9)
    program.instructions.append(
      .add(
        Add(
          name: "sum", left: whole(gated), right: whole(squeezed), output: sum,
          leftMultiplier: 16384, rightMultiplier: 12000, low: 0, high: 127)))
    let pooled = tensor(1, 32)
    mean("pool", sum, pooled, table: nil)
    let logits = tensor(1, 10, .int16)
    linear("head", pooled, logits)
    program.output = logits
  }

  private mutating func tensor(
    _ rows: Int, _ channels: Int, _ type: ActivationType = .int8, zeroPoint: Int = 0
  ) -> TensorID {
    let id = program.tensors.count
    program.tensors.append(
      ActivationTensor(
        name: "t\(id)", rows: rows, channels: channels, type: type, scale: 0.125,
        zeroPoint: zeroPoint))
    return id
  }

  private func whole(_ id: TensorID) -> Operand {
    Operand(tensor: id, offset: 0, channels: program.tensors[id].channels)
  }

  private mutating func mean(
    _ name: String, _ input: TensorID, _ output: TensorID, table: DataName?
  ) {
    program.instructions.append(
      .mean(
        Mean(
          name: name, input: whole(input), output: output,
          rule: rule(name, program.tensors[input].channels), epilogue: Epilogue(table: table))))
  }

  private mutating func linear(
    _ name: String, _ input: TensorID, _ output: TensorID, low: Int = -128,
    residual: TensorID? = nil
  ) {
    let inputs = program.tensors[input].channels
    let outputs = program.tensors[output].channels
    program.instructions.append(
      .convolution(
        Convolution(
          name: name, input: whole(input), output: output, window: nil,
          weights: panels(name, outputs, runs: 1, run: inputs, depth: 64), padding: nil,
          rule: rule(name, outputs, low: low),
          epilogue: Epilogue(residual: residual.map { .init(operand: whole($0), multiplier: 0) }))))
  }

  private mutating func rule(_ name: String, _ channels: Int, low: Int = -128) -> Rule {
    let padding = (channels + 15) / 16 * 16 - channels
    let biases = (0..<channels).map { Int32($0 * 100 - 700) }
    data["\(name).bias"] = DataTensor(biases + [Int32](repeating: 0, count: padding))
    let multipliers = (0..<channels).map { (channel: Int) -> Int16 in
      Int16(channel % 2 == 0 ? 16384 + channel : -16384 - channel)
    }
    data["\(name).multiplier"] = DataTensor(multipliers + [Int16](repeating: 0, count: padding))
    let shifts = (0..<channels).map { Int8($0 % 9) }
    data["\(name).shift"] = DataTensor(shifts + [Int8](repeating: 0, count: padding))
    return Rule(
      bias: "\(name).bias", multiplier: "\(name).multiplier", shift: "\(name).shift", low: low,
      high: 127)
  }

  private mutating func panels(
    _ name: String, _ outputs: Int, runs: Int, run: Int, depth: Int
  ) -> DataName {
    let count = (outputs + 15) / 16
    var bytes = [Int8](repeating: 0, count: count * 16 * depth)
    for output in 0..<outputs {
      for k in 0..<runs {
        for c in 0..<run {
          let at = k * ((run + 3) / 4 * 4) + c
          let magnitude = Int8(random.next() % 127 + 1)
          bytes[output / 16 * 16 * depth + at / 4 * 64 + output % 16 * 4 + at % 4] =
            random.next() % 2 == 0 ? magnitude : -magnitude
        }
      }
    }
    data["\(name).weights"] = DataTensor(bytes, shape: [count, depth / 4, 16, 4])
    return "\(name).weights"
  }

  /// A signed file that nothing has checked.
  func unchecked(program: String? = nil) throws -> [UInt8] {
    var file = try ModelFileWriter.assemble(
      metadata: [
        "format": "swiftlet", "program": program ?? json(self.program), "labels": json(labels),
        "crc32c": "00000000",
      ], data: data)
    try ModelFileWriter.sign(&file)
    return file
  }
}

func json(_ value: some Encodable) throws -> String {
  String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
}

/// Why a file is refused; nil where it is not.
func refusal(of file: [UInt8]) -> String? {
  file.withUnsafeBytes { (bytes) -> String? in
    do {
      _ = try ModelFile(validating: bytes)
      return nil
    } catch {
      return "\(error)"
    }
  }
}

/// A small generator of reproducible numbers.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
