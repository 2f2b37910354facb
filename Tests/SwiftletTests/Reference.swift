import CSwiftletKernels
import SwiftletProgram

/// Runs a program with plain loops, straight from the definition of each instruction.
struct Reference {
  let program: Program
  let data: [DataName: DataTensor]
  /// By tensor; empty where not yet computed.
  private(set) var values: [[Int]]

  init(program: Program, data: [DataName: DataTensor], input: [Int8]) {
    self.program = program
    self.data = data
    values = Array(repeating: [], count: program.tensors.count)
    for (id, tensor) in program.tensors.enumerated() {
      if let constant = tensor.constant { values[id] = integers(constant) }
    }
    values[program.input.tensor] = input.map(Int.init)
    for instruction in program.instructions { run(instruction) }
  }

  /// The elements of a tensor of the file.
  func integers(_ name: DataName) -> [Int] {
    guard let tensor = data[name] else { return [] }
    func decode<T: FixedWidthInteger>(_: T.Type) -> [Int] {
      tensor.bytes.withUnsafeBytes { bytes in
        (0..<bytes.count / MemoryLayout<T>.size).map {
          Int(
            T(
              littleEndian: bytes.loadUnaligned(
                fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self)))
        }
      }
    }
    switch tensor.type {
    case .int8: return decode(Int8.self)
    case .uint8: return decode(UInt8.self)
    case .int16: return decode(Int16.self)
    case .uint16: return decode(UInt16.self)
    case .int32: return decode(Int32.self)
    case .float32: return []
    }
  }

  private mutating func run(_ instruction: Instruction) {
    switch instruction {
    case .convolution(let it): values[it.output] = convolution(it)
    case .depthwise(let it): values[it.output] = depthwise(it)
    case .attention(let it): values[it.output] = attention(it)
    case .layerNorm(let it): values[it.output] = layerNorm(it)
    case .add(let it): values[it.output] = add(it)
    case .multiply(let it): values[it.output] = multiply(it)
    case .lookup(let it): values[it.output] = lookup(it)
    case .requantize(let it): values[it.output] = requantize(it)
    case .mean(let it): values[it.output] = mean(it)
    case .maxPool(let it): values[it.output] = maxPool(it)
    case .gather(let it): values[it.output] = gather(it)
    }
  }

  private func element(_ operand: Operand, _ row: Int, _ channel: Int) -> Int {
    values[operand.tensor][
      row * program.tensors[operand.tensor].channels + operand.offset + channel]
  }

  /// All elements of an output, row by row.
  private func elements(_ output: TensorID, _ body: (_ row: Int, _ channel: Int) -> Int) -> [Int] {
    let tensor = program.tensors[output]
    return (0..<tensor.rows * tensor.channels).map {
      body($0 / tensor.channels, $0 % tensor.channels)
    }
  }

  /// The rule and the epilogue, as a function of accumulator, row and channel.
  private func finish(
    _ rule: Rule, _ epilogue: Epilogue, _ output: TensorID
  ) -> (_ accumulator: Int, _ row: Int, _ channel: Int) -> Int {
    let (bias, multiplier, shift) = (
      integers(rule.bias), integers(rule.multiplier), integers(rule.shift)
    )
    let table = epilogue.table.map { integers($0) }
    let target = program.tensors[output]
    return { accumulator, row, channel in
      var w = Arithmetic.scaled(
        accumulator + bias[channel], shift: shift[channel], multiplier: multiplier[channel])
      if let residual = epilogue.residual {
        let u = element(residual.operand, row, channel)
        let zeroPoint = program.tensors[residual.operand.tensor].zeroPoint
        w = Arithmetic.saturate(
          w
            + (target.type == .int16
              ? u : Arithmetic.addend(u, zeroPoint: zeroPoint, multiplier: residual.multiplier)))
      }
      if target.type == .int16 { return w }
      let q = Arithmetic.quantized(
        w, zeroPoint: table == nil ? target.zeroPoint : 0, low: rule.low, high: rule.high)
      return table.map { $0[q + 128] } ?? q
    }
  }

  private func tap(
    _ operand: Operand, _ window: Window, _ output: Int, _ ky: Int, _ kx: Int, _ channel: Int,
    _ padding: [Int]
  ) -> Int {
    let y = output / window.outputWidth * window.strideY + ky * window.dilationY - window.padTop
    let x = output % window.outputWidth * window.strideX + kx * window.dilationX - window.padLeft
    guard (0..<window.inputHeight).contains(y), (0..<window.inputWidth).contains(x) else {
      return padding[channel]
    }
    return element(operand, y * window.inputWidth + x, channel)
  }

  private func convolution(_ it: Convolution) -> [Int] {
    let weights = integers(it.weights)
    let padding = it.padding.map { integers($0) } ?? []
    let finish = finish(it.rule, it.epilogue, it.output)
    let channels = it.input.channels
    let height = it.window?.kernelHeight ?? 1
    let width = it.window?.kernelWidth ?? 1
    let layout = OperandLayout(channels: channels, window: it.window)
    return elements(it.output) { row, column in
      var sum = 0
      for ky in 0..<height {
        for kx in 0..<width {
          for channel in 0..<channels {
            let value =
              it.window.map { tap(it.input, $0, row, ky, kx, channel, padding) }
              ?? element(it.input, row, channel)
            sum += value * weights[layout.panelIndex(column: column, ky, kx, channel)]
          }
        }
      }
      return finish(sum, row, column)
    }
  }

  private func depthwise(_ it: Depthwise) -> [Int] {
    let weights = integers(it.weights)
    let padding = it.padding.map { integers($0) } ?? []
    let finish = finish(it.rule, it.epilogue, it.output)
    let taps = it.window.kernelHeight * it.window.kernelWidth
    let groups = (taps + 3) / 4
    return elements(it.output) { row, channel in
      var sum = 0
      for tapIndex in 0..<taps {
        let (ky, kx) = tapIndex.quotientAndRemainder(dividingBy: it.window.kernelWidth)
        let panel = (channel / 16 * groups + tapIndex / 4) * 64 + channel % 16 * 4 + tapIndex % 4
        sum += tap(it.input, it.window, row, ky, kx, channel, padding) * weights[panel]
      }
      return finish(sum, row, channel)
    }
  }

  private func attention(_ it: Attention) -> [Int] {
    let queryRows = it.query.rows.map { integers($0) } ?? Array(0..<it.groups * it.queryTokens)
    let keyRows = it.key.rows.map { integers($0) } ?? Array(0..<it.groups * it.keyTokens)
    let bias = it.bias.map { integers($0) }
    let table = integers(it.exponentTable)
    let depth = it.query.channels / it.heads
    let width = it.value.channels / it.heads
    let target = program.tensors[it.output]
    var result = Array(repeating: 0, count: target.rows * target.channels)
    for group in 0..<it.groups {
      for head in 0..<it.heads {
        for token in 0..<it.queryTokens {
          let row = queryRows[group * it.queryTokens + token]
          let keys = keyRows[(group * it.keyTokens)..<((group + 1) * it.keyTokens)]
          let logits = keys.enumerated().map { index, key in
            let sum = (0..<depth).reduce(0) {
              $0 + element(it.query, row, head * depth + $1)
                * element(it.key, key, head * depth + $1)
            }
            let logit = Arithmetic.scaled(
              sum + it.logits.bias, shift: it.logits.shift, multiplier: it.logits.multiplier)
            let entry = (group % it.biasGroups * it.heads + head) * it.queryTokens + token
            return Arithmetic.saturate(logit + (bias?[entry * it.keyTokens + index] ?? 0))
          }
          let maximum = logits.max() ?? 0
          let exponentials = logits.map { logit in
            let distance = maximum - logit
            let shift = min(distance >> 6, 15)
            return (table[distance & 63] + ((1 << shift) >> 1)) >> shift
          }
          let scale = swl_reciprocal(
            Int32(it.outputMantissa), Int32(it.outputExponent), UInt32(exponentials.reduce(0, +)))
          for channel in head * width..<(head + 1) * width {
            let sum = zip(exponentials, keys).reduce(0) {
              $0 + $1.0 * element(it.value, $1.1, channel)
            }
            let w = Arithmetic.scaled(
              sum + Int(scale.bias), shift: Int(scale.shift), multiplier: Int(scale.multiplier))
            result[row * target.channels + channel] = Arithmetic.quantized(
              w, zeroPoint: target.zeroPoint, low: it.low, high: it.high)
          }
        }
      }
    }
    return result
  }

  private func layerNorm(_ it: LayerNorm) -> [Int] {
    let finish = finish(it.rule, Epilogue(), it.output)
    let n = it.input.channels
    var row = -1
    var mean = 0
    var scale = swl_scale()
    return elements(it.output) { index, channel in
      if index != row {
        row = index
        let x = (0..<n).map { element(it.input, row, $0) }
        let sum = x.reduce(0, +)
        let d = n * x.reduce(0) { $0 + $1 * $1 } - sum * sum + Int(it.epsilon)
        let (quotient, remainder) = (512 * sum + n).quotientAndRemainder(dividingBy: 2 * n)
        mean = remainder < 0 ? quotient - 1 : quotient
        scale = swl_normalizer(UInt64(d), Int32(it.mantissa), Int32(it.exponent))
      }
      let w = Arithmetic.scaled(
        256 * element(it.input, row, channel) - mean + Int(scale.bias), shift: Int(scale.shift),
        multiplier: Int(scale.multiplier))
      return finish(256 * w, row, channel)
    }
  }

  private func add(_ it: Add) -> [Int] {
    let (left, right) = (program.tensors[it.left.tensor], program.tensors[it.right.tensor])
    let target = program.tensors[it.output]
    return elements(it.output) { row, channel in
      let a = element(it.left, row, channel)
      let b = element(it.right, right.rows == 1 ? 0 : row, channel)
      if target.type == .int16 { return Arithmetic.saturate(a + b) }
      let w = Arithmetic.saturate(
        Arithmetic.addend(a, zeroPoint: left.zeroPoint, multiplier: it.leftMultiplier)
          + Arithmetic.addend(b, zeroPoint: right.zeroPoint, multiplier: it.rightMultiplier))
      return Arithmetic.quantized(w, zeroPoint: target.zeroPoint, low: it.low, high: it.high)
    }
  }

  private func multiply(_ it: Multiply) -> [Int] {
    let (left, right) = (program.tensors[it.left.tensor], program.tensors[it.right.tensor])
    let zeroPoint = program.tensors[it.output].zeroPoint
    return elements(it.output) { row, channel in
      let a = element(it.left, row, channel) - left.zeroPoint
      let b = element(it.right, right.rows == 1 ? 0 : row, channel) - right.zeroPoint
      let w = Arithmetic.scaled(
        a * b + it.rule.bias, shift: it.rule.shift, multiplier: it.rule.multiplier)
      return Arithmetic.quantized(w, zeroPoint: zeroPoint, low: it.low, high: it.high)
    }
  }

  private func lookup(_ it: Lookup) -> [Int] {
    let table = integers(it.table)
    return elements(it.output) { table[element(it.input, $0, $1) + 128] }
  }

  private func requantize(_ it: Requantize) -> [Int] {
    let finish = finish(it.rule, Epilogue(), it.output)
    return elements(it.output) { finish(256 * element(it.input, $0, $1), $0, $1) }
  }

  private func mean(_ it: Mean) -> [Int] {
    let finish = finish(it.rule, it.epilogue, it.output)
    let rows = program.tensors[it.input.tensor].rows
    return elements(it.output) { row, channel in
      finish((0..<rows).reduce(0) { $0 + element(it.input, $1, channel) }, row, channel)
    }
  }

  private func maxPool(_ it: MaxPool) -> [Int] {
    let window = it.window
    return elements(it.output) { row, channel in
      let (y, x) = row.quotientAndRemainder(dividingBy: window.outputWidth)
      var largest = -128
      for ky in 0..<window.kernelHeight {
        for kx in 0..<window.kernelWidth {
          let row = y * window.strideY + ky * window.dilationY - window.padTop
          let column = x * window.strideX + kx * window.dilationX - window.padLeft
          guard (0..<window.inputHeight).contains(row), (0..<window.inputWidth).contains(column)
          else { continue }
          largest = max(largest, element(it.input, row * window.inputWidth + column, channel))
        }
      }
      return largest
    }
  }

  private func gather(_ it: Gather) -> [Int] {
    let offsets = integers(it.offsets)
    let sources = it.sources.map { integers($0) }
    let tensor = program.tensors[it.output]
    return (0..<tensor.rows * tensor.channels).map { index in
      let run = index / it.run
      return values[it.inputs[sources?[run] ?? 0]][offsets[run] + index % it.run]
    }
  }
}

/// Where the weights of a convolution lie in its panels.
struct OperandLayout {
  let channels: Int
  let window: Window?

  private var isDense: Bool { window?.dilationX ?? 1 == 1 }
  private var run: Int {
    ((isDense ? channels * (window?.kernelWidth ?? 1) : channels) + 3) / 4 * 4
  }

  /// K, a multiple of 4.
  var depth: Int {
    run * (window?.kernelHeight ?? 1) * (isDense ? 1 : window?.kernelWidth ?? 1)
  }

  /// K in the file, a multiple of 64.
  var paddedDepth: Int { (depth + 63) / 64 * 64 }

  func panelIndex(column: Int, _ ky: Int, _ kx: Int, _ channel: Int) -> Int {
    let k =
      isDense
      ? ky * run + kx * channels + channel
      : (ky * (window?.kernelWidth ?? 1) + kx) * run + channel
    return (column / 16 * (paddedDepth / 4) + k / 4) * 64 + column % 16 * 4 + k % 4
  }
}
