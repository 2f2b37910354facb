import Glibc
import Swiftlet
import SwiftletProgram

/// A seeded generator (SplitMix64), so that tests are the same everywhere.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// Makes programs with random weights, scales that keep values in range, and all that the file's rules ask for.
struct ProgramBuilder {
  private(set) var tensors: [ActivationTensor] = []
  private(set) var data: [DataName: DataTensor] = [:]
  private(set) var instructions: [Instruction] = []
  var random: SeededGenerator
  let input: TensorID

  /// A program whose input is int8 `[rows, channels]`.
  init(seed: UInt64, inputRows: Int, inputChannels: Int, zeroPoint: Int = 0) {
    random = SeededGenerator(seed: seed)
    input = 0
    tensors = [
      ActivationTensor(
        name: "input", rows: inputRows, channels: inputChannels, type: .int8, scale: 1,
        zeroPoint: zeroPoint)
    ]
  }

  func zeroPoint(of tensor: TensorID) -> Int { tensors[tensor].zeroPoint }

  func operand(
    _ tensor: TensorID, _ channels: Range<Int>? = nil, rows: DataName? = nil
  ) -> Operand {
    let range = channels ?? 0..<tensors[tensor].channels
    return Operand(
      tensor: tensor, offset: range.lowerBound, channels: range.count, rows: rows)
  }

  mutating func tensor(
    _ rows: Int, _ channels: Int, _ type: ActivationType = .int8, zeroPoint: Int? = nil
  ) -> TensorID {
    let chosen = type == .int16 ? 0 : zeroPoint ?? Int.random(in: -40...40, using: &random)
    tensors.append(
      ActivationTensor(
        name: "t\(tensors.count)", rows: rows, channels: channels, type: type, scale: 1,
        zeroPoint: chosen))
    return tensors.count - 1
  }

  /// A constant of random values.
  mutating func constant(
    _ rows: Int, _ channels: Int, _ type: ActivationType = .int8, zeroPoint: Int? = nil,
    range: ClosedRange<Int>? = nil
  ) -> TensorID {
    let id = tensor(rows, channels, type, zeroPoint: zeroPoint)
    let range = range ?? (type == .int8 ? -128...127 : -8192...8192)
    let values = (0..<rows * channels).map { _ in Int.random(in: range, using: &random) }
    let shape = [rows, channels]
    tensors[id].constant =
      type == .int8
      ? store(DataTensor(values.map { Int8($0) }, shape: shape))
      : store(DataTensor(values.map { Int16($0) }, shape: shape))
    return id
  }

  mutating func store(_ tensor: DataTensor) -> DataName {
    let name = "d\(data.count)"
    data[name] = tensor
    return name
  }

  mutating func append(_ instruction: Instruction) { instructions.append(instruction) }

  /// A rule for accumulators of about `magnitude` (standard deviation), by channel.
  mutating func rule(magnitudes: [Double], low: Int = -128, high: Int = 127) -> Rule {
    let count = (magnitudes.count + 15) / 16 * 16
    var bias = [Int32](repeating: 0, count: count)
    var multiplier = [Int16](repeating: 1 << 14, count: count)
    var shift = [Int8](repeating: 0, count: count)
    for (channel, magnitude) in magnitudes.enumerated() {
      let limit = Int32(max(1, min(magnitude / 2, 1e6)))
      bias[channel] = .random(in: -limit...limit, using: &random)
      let sign: Int16 = Bool.random(using: &random) ? 1 : -1
      multiplier[channel] = sign * .random(in: 1 << 14...32767, using: &random)
      shift[channel] = Int8(max(-8, min(24, log2(max(1, magnitude) / 3000).rounded())))
    }
    return Rule(
      bias: store(DataTensor(bias)), multiplier: store(DataTensor(multiplier)),
      shift: store(DataTensor(shift)), low: low, high: high)
  }

  mutating func table() -> DataName {
    store(DataTensor((0..<256).map { _ in Int8.random(in: -128...127, using: &random) }))
  }

  mutating func padding(_ channels: Int) -> DataName {
    store(DataTensor((0..<channels).map { _ in Int8.random(in: -128...127, using: &random) }))
  }

  /// A convolution, or without a window a linear layer. Channels differ in the size of their weights.
  mutating func convolution(
    _ input: Operand, outputs: Int, window: Window? = nil, padded: Bool = false,
    type: ActivationType = .int8, epilogue: Epilogue = Epilogue(), low: Int = -128, high: Int = 127
  ) -> TensorID {
    let layout = OperandLayout(channels: input.channels, window: window)
    var weights = [Int8](
      repeating: 0, count: (outputs + 15) / 16 * 16 * layout.paddedDepth)
    let limits = (0..<outputs).map { _ in [127, 127, 20, 1].randomElement(using: &random) ?? 1 }
    let taps = (window?.kernelHeight ?? 1) * (window?.kernelWidth ?? 1)
    for (column, limit) in limits.enumerated() {
      for tap in 0..<taps {
        let (ky, kx) = tap.quotientAndRemainder(dividingBy: window?.kernelWidth ?? 1)
        for channel in 0..<input.channels {
          weights[layout.panelIndex(column: column, ky, kx, channel)] = Int8(
            Int.random(in: -limit...limit, using: &random))
        }
      }
    }
    let shape = [(outputs + 15) / 16, layout.paddedDepth / 4, 16, 4]
    let rows = window.map { $0.outputHeight * $0.outputWidth } ?? tensors[input.tensor].rows
    let output = tensor(rows, outputs, type)
    let depth = Double(taps * input.channels)
    append(
      .convolution(
        Convolution(
          name: "convolution \(output)", input: input, output: output, window: window,
          weights: store(DataTensor(weights, shape: shape)),
          padding: padded ? padding(input.channels) : nil,
          rule: rule(
            magnitudes: limits.map { Double($0) * 0.6 * 74 * depth.squareRoot() }, low: low,
            high: high),
          epilogue: epilogue)))
    return output
  }

  mutating func depthwise(
    _ input: Operand, window: Window, padded: Bool, type: ActivationType = .int8,
    epilogue: Epilogue = Epilogue()
  ) -> TensorID {
    let taps = window.kernelHeight * window.kernelWidth
    let groups = (taps + 3) / 4
    let panels = (input.channels + 15) / 16
    var weights = [Int8](repeating: 0, count: panels * groups * 64)
    for channel in 0..<input.channels {
      for tap in 0..<taps {
        weights[(channel / 16 * groups + tap / 4) * 64 + channel % 16 * 4 + tap % 4] = .random(
          in: -127...127, using: &random)
      }
    }
    let output = tensor(window.outputHeight * window.outputWidth, input.channels, type)
    let magnitude = 74.0 * 74 * Double(taps).squareRoot()
    append(
      .depthwise(
        Depthwise(
          name: "depthwise \(output)", input: input, output: output, window: window,
          weights: store(DataTensor(weights, shape: [panels, groups, 16, 4])),
          padding: padded ? padding(input.channels) : nil,
          rule: rule(magnitudes: Array(repeating: magnitude, count: input.channels)),
          epilogue: epilogue)))
    return output
  }

  mutating func layerNorm(_ input: Operand) -> TensorID {
    let output = tensor(tensors[input.tensor].rows, input.channels)
    // K * N with K = 8: a standard deviation becomes 2048.
    let exponent = Int(log2(Double(8 * input.channels))) - 30
    let mantissa = Int(Double(8 * input.channels) * exp2(Double(-exponent)))
    append(
      .layerNorm(
        LayerNorm(
          name: "layer norm \(output)", input: input, output: output,
          epsilon: .random(in: 1...1000, using: &random), mantissa: mantissa, exponent: exponent,
          rule: rule(magnitudes: Array(repeating: 256 * 2048, count: input.channels)))))
    return output
  }

  /// The program, with a mean over the rows of `last` as its logits.
  mutating func finish(_ last: TensorID) -> Program {
    let rows = Double(tensors[last].rows)
    let step = tensors[last].type == .int8 ? 74.0 : 3000.0
    let magnitude = step * rows.squareRoot()
    let output = tensor(1, tensors[last].channels, .int16)
    append(
      .mean(
        Mean(
          name: "logits", input: operand(last), output: output,
          rule: rule(
            magnitudes: Array(repeating: magnitude, count: tensors[last].channels)),
          epilogue: Epilogue())))
    return Program(
      input: Input(
        tensor: input, shape: [tensors[input].rows, tensors[input].channels], preprocessing: nil),
      tensors: tensors, instructions: instructions, output: output)
  }

  /// Random values for the input.
  mutating func inputValues() -> [Int8] {
    (0..<tensors[input].rows * tensors[input].channels).map { _ in
      .random(in: -127...127, using: &random)
    }
  }
}
