import CSwiftletKernels

struct SoftmaxCase: KernelCase {
  let rows: Int
  let columns: Int
  let paddedColumns: Int
  let logits: [Int16]
  let logitsStride: Int
  let table: [UInt16]
  let hasTwoPlanes: Bool
  let planeStride: Int

  init(random: inout Random) {
    rows = random.pick(1...4)
    columns = random.pick(1...(random.chance(oneIn: 4) ? 300 : 70))
    paddedColumns = columns + random.pick(0...40)
    logitsStride = columns + random.pick(0...20)
    let spread: ClosedRange<Int16> = random.chance(oneIn: 2) ? -32768...32767 : -500...500
    logits = random.values((rows - 1) * logitsStride + columns, in: spread)
    hasTwoPlanes = random.chance(oneIn: 2)
    table = exponentTable(bits: hasTwoPlanes ? random.pick(8...14) : 7)
    planeStride = paddedColumns + random.pick(0...20)
  }

  func run(_ kernels: swl_kernels, in memory: GuardedMemory) -> [UInt8] {
    func plane() -> UnsafeMutablePointer<Int8> {
      memory.output(rows: rows, stride: planeStride, width: paddedColumns)
    }
    var call = swl_softmax(
      logits: memory.input(logits), logits_stride: logitsStride, rows: Int32(rows),
      columns: Int32(columns), padded_columns: Int32(paddedColumns), table: memory.input(table),
      high: hasTwoPlanes ? plane() : nil, low: plane(), plane_stride: planeStride,
      sums: memory.output(rows: 1, stride: rows, width: rows))
    kernels.softmax(&call)
    return memory.written()
  }
}

/// A region of int16 rows that becomes int8.
struct NarrowingCase {
  let rows: Int
  let channels: Int
  let x: [Int16]
  let stride: Int
  let outStride: Int
  let rule: RuleCase

  init(random: inout Random) {
    rows = random.chance(oneIn: 8) ? random.pick(17...40) : random.pick(1...5)
    channels = random.pick(1...(random.chance(oneIn: 4) ? 700 : 100))
    stride = channels + random.pick(0...20)
    outStride = channels + random.pick(0...20)
    let limit = (1 << (random.pick(1...15) as Int)) - 1
    let range = Int16(-limit - 1)...Int16(limit)
    x = random.values((rows - 1) * stride + channels, in: range)
    rule = RuleCase(entries: channels.roundedUp(to: 16), random: &random)
  }
}

struct LayerNormCase: KernelCase {
  let region: NarrowingCase
  let epsilon: UInt64
  let mantissa: Int32
  let exponent: Int32

  init(random: inout Random) {
    region = NarrowingCase(random: &random)
    epsilon = random.chance(oneIn: 4) ? 1 : random.pick(1...(1 << 62)) >> random.pick(0...61)
    mantissa = random.pick((1 << 30)...Int32.max)
    exponent = random.pick(-40...0)
  }

  func run(_ kernels: swl_kernels, in memory: GuardedMemory) -> [UInt8] {
    var call = swl_layer_norm(
      x: memory.input(region.x), x_stride: region.stride, rows: Int32(region.rows),
      channels: Int32(region.channels), epsilon: epsilon, mantissa: mantissa, exponent: exponent,
      rule: region.rule.rule(in: memory),
      out: memory.output(rows: region.rows, stride: region.outStride, width: region.channels),
      out_stride: region.outStride)
    kernels.layer_norm(&call)
    return memory.written()
  }
}

struct RequantizeCase: KernelCase {
  let region: NarrowingCase

  init(random: inout Random) { region = NarrowingCase(random: &random) }

  func run(_ kernels: swl_kernels, in memory: GuardedMemory) -> [UInt8] {
    var call = swl_requantize(
      x: memory.input(region.x), x_stride: region.stride, rows: Int32(region.rows),
      channels: Int32(region.channels), rule: region.rule.rule(in: memory),
      out: memory.output(rows: region.rows, stride: region.outStride, width: region.channels),
      out_stride: region.outStride)
    kernels.requantize(&call)
    return memory.written()
  }
}

struct SumRowsCase: KernelCase {
  let rows: Int
  let channels: Int
  let stride: Int
  let x: [Int16]
  let sums: [Int32]

  init(random: inout Random) {
    rows = random.pick(1...20)
    channels = random.pick(1...100)
    stride = channels + random.pick(0...20)
    x = random.values((rows - 1) * stride + channels, in: -32768...32767)
    sums = random.values(channels, in: Int32.min...Int32.max)
  }

  func run(_ kernels: swl_kernels, in memory: GuardedMemory) -> [UInt8] {
    let bytes = x.map { Int8(truncatingIfNeeded: $0) }
    func call(_ x: UnsafeRawPointer) -> swl_sum_rows {
      swl_sum_rows(
        x: x, stride: stride, rows: Int32(rows), channels: Int32(channels),
        sums: memory.accumulators(sums))
    }
    var first = call(memory.input(bytes))
    kernels.sum_rows8(&first)
    var second = call(memory.input(x))
    kernels.sum_rows16(&second)
    return memory.written()
  }
}

struct RequantizeSumsCase: KernelCase {
  let sums: [Int32]
  let rule: RuleCase
  let epilogue: EpilogueCase

  init(random: inout Random) {
    let channels = random.pick(1...100)
    let limit = Int32.max >> Int32(random.pick(0...24))
    sums = random.values(channels, in: -limit...limit)
    rule = RuleCase(entries: channels.roundedUp(to: 16), random: &random)
    epilogue = EpilogueCase(rows: 1, columns: channels, random: &random)
  }

  func run(_ kernels: swl_kernels, in memory: GuardedMemory) -> [UInt8] {
    var call = swl_requantize_sums(
      sums: memory.input(sums), channels: Int32(sums.count), rule: rule.rule(in: memory),
      epilogue: epilogue.epilogue(in: memory))
    kernels.requantize_sums(&call)
    return memory.written()
  }
}
