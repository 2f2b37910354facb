import CSwiftletKernels

/// Two operands of one shape, or a second one of one row.
struct PairCase {
  let rows: Int
  let channels: Int
  let a: [Int16]
  let b: [Int16]
  let aStride: Int
  let bStride: Int
  let outStride: Int
  let aZeroPoint: Int32
  let bZeroPoint: Int32
  let zeroPoint: Int32
  let low: Int32
  let high: Int32

  init(random: inout Random) {
    rows = random.pick(1...6)
    channels = random.pick(1...100)
    aStride = channels + random.pick(0...20)
    bStride = random.chance(oneIn: 3) ? 0 : channels + random.pick(0...20)
    outStride = channels + random.pick(0...20)
    a = random.values((rows - 1) * aStride + channels, in: -32768...32767)
    b = random.values((rows - 1) * bStride + channels, in: -32768...32767)
    aZeroPoint = random.pick(-128...127)
    bZeroPoint = random.pick(-128...127)
    zeroPoint = random.pick(-128...127)
    low = random.chance(oneIn: 2) ? -128 : random.pick(-128...0)
    high = random.chance(oneIn: 2) ? 127 : random.pick(0...127)
  }

  var int8: (a: [Int8], b: [Int8]) {
    (a.map { Int8(truncatingIfNeeded: $0) }, b.map { Int8(truncatingIfNeeded: $0) })
  }
}

struct AddCase: KernelCase {
  let pair: PairCase
  let isInt16: Bool
  let aMultiplier: Int32
  let bMultiplier: Int32

  init(random: inout Random) {
    pair = PairCase(random: &random)
    isInt16 = random.chance(oneIn: 2)
    aMultiplier = random.pick(0...(1 << 14))
    bMultiplier = random.pick(0...(1 << 14))
  }

  func run(_ kernels: swl_kernels, in memory: GuardedMemory) -> [UInt8] {
    let int8 = pair.int8
    let a =
      isInt16 ? UnsafeRawPointer(memory.input(pair.a)) : .init(memory.input(int8.a, slack: slack))
    let b =
      isInt16 ? UnsafeRawPointer(memory.input(pair.b)) : .init(memory.input(int8.b, slack: slack))
    let (rows, stride, width) = (pair.rows, pair.outStride, pair.channels)
    let out =
      isInt16
      ? UnsafeMutableRawPointer(
        memory.output(of: Int16.self, rows: rows, stride: stride, width: width))
      : UnsafeMutableRawPointer(
        memory.output(of: Int8.self, rows: rows, stride: stride, width: width))
    var call = swl_add(
      a: a, b: b, a_stride: pair.aStride, b_stride: pair.bStride, rows: Int32(rows),
      channels: Int32(width), is_int16: isInt16 ? 1 : 0, a_zero_point: pair.aZeroPoint,
      a_multiplier: aMultiplier, b_zero_point: pair.bZeroPoint, b_multiplier: bMultiplier,
      zero_point: pair.zeroPoint, low: pair.low, high: pair.high, out: out, out_stride: stride)
    kernels.add(&call)
    return memory.written()
  }
}

struct MultiplyCase: KernelCase {
  let pair: PairCase
  let rule: RuleCase

  init(random: inout Random) {
    pair = PairCase(random: &random)
    rule = RuleCase(entries: 1, random: &random)
  }

  func run(_ kernels: swl_kernels, in memory: GuardedMemory) -> [UInt8] {
    let int8 = pair.int8
    var call = swl_multiply(
      a: memory.input(int8.a, slack: slack), b: memory.input(int8.b, slack: slack),
      a_stride: pair.aStride, b_stride: pair.bStride, rows: Int32(pair.rows),
      channels: Int32(pair.channels), a_zero_point: pair.aZeroPoint,
      b_zero_point: pair.bZeroPoint, bias: rule.bias[0], multiplier: Int32(rule.multiplier[0]),
      shift: Int32(rule.shift[0]), zero_point: pair.zeroPoint, low: pair.low, high: pair.high,
      out: memory.output(rows: pair.rows, stride: pair.outStride, width: pair.channels),
      out_stride: pair.outStride)
    kernels.multiply(&call)
    return memory.written()
  }
}

struct LookupCase: KernelCase {
  let values: [Int8]
  let table: [Int8]

  init(random: inout Random) {
    values =
      random.chance(oneIn: 4)
      ? Array(-128...127) : random.values(random.pick(1...300), in: -128...127)
    table = (0..<256).map { _ in random.pick(-128...127) }
  }

  func run(_ kernels: swl_kernels, in memory: GuardedMemory) -> [UInt8] {
    var call = swl_lookup(
      in: memory.input(values, slack: slack), table: memory.input(table),
      out: memory.output(rows: 1, stride: values.count, width: values.count), count: values.count)
    kernels.lookup(&call)
    return memory.written()
  }
}
