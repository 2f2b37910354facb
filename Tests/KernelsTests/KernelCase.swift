import CSwiftletKernels
import SwiftletKernels
import Testing

/// The arguments of one call of a kernel.
protocol KernelCase {
  init(random: inout Random)

  /// Everything that the kernel of the set wrote.
  func run(_ kernels: swl_kernels, in memory: GuardedMemory) -> [UInt8]
}

/// Compares a set with the scalar specification over random cases.
func expectEqualToScalar<Case: KernelCase>(
  _ set: KernelSet, _ type: Case.Type, cases: Int, location: SourceLocation = #_sourceLocation
) throws {
  let scalar = try KernelSet.named("scalar").functions.pointee
  let memory = GuardedMemory()
  var random = Random(seed: 1)
  for index in 0..<cases {
    let example = Case(random: &random)
    memory.reset(.end)
    let expected = example.run(scalar, in: memory)
    for placement in Placement.allCases {
      memory.reset(placement)
      let result = example.run(set.functions.pointee, in: memory)
      guard result == expected else {
        let byte = zip(result, expected).enumerated().first { $1.0 != $1.1 }?.offset
        Issue.record(
          "\(set.name), case \(index), \(placement): byte \(byte ?? -1) differs: \(example)",
          sourceLocation: location)
        return
      }
    }
  }
}

/// How far behind int8 activations a kernel may read.
let slack = 64

/// The rule's arguments of some channels.
struct RuleCase {
  let bias: [Int32]
  let multiplier: [Int16]
  let shift: [Int8]
  let zeroPoint: Int32
  let low: Int32
  let high: Int32

  init(entries: Int, random: inout Random) {
    let magnitude = random.pick(1...31) as Int
    let limit = Int32(truncatingIfNeeded: (1 << magnitude) - 1)
    bias = random.values(entries, in: -limit...limit)
    let edges: [Int16] = [1 << 14, -(1 << 14), 32767, -32767]
    multiplier = (0..<entries).map { _ in
      if random.chance(oneIn: 4) { return edges[random.pick(0...3)] }
      let value = random.pick((1 << 14)...32767) as Int16
      return random.chance(oneIn: 4) ? -value : value
    }
    shift = random.values(entries, in: random.chance(oneIn: 2) ? -8...24 : 4...9)
    zeroPoint = random.pick(-128...127)
    let narrow = random.chance(oneIn: 3)
    low = narrow ? random.pick(-128...0) : -128
    high = narrow ? random.pick(0...127) : 127
  }

  func rule(in memory: GuardedMemory) -> swl_rule {
    swl_rule(
      bias: memory.input(bias), multiplier: memory.input(multiplier), shift: memory.input(shift),
      zero_point: zeroPoint, low: low, high: high)
  }
}

/// What follows the rule, for a region of an output.
struct EpilogueCase {
  let rows: Int
  let columns: Int
  let stride: Int
  let isInt16: Bool
  let table: [Int8]?
  let residual8: [Int8]?
  let residual16: [Int16]?
  let residualStride: Int
  let residualZeroPoint: Int32
  let residualMultiplier: Int32

  init(rows: Int, columns: Int, random: inout Random) {
    self.rows = rows
    self.columns = columns
    stride = columns + random.pick(0...20)
    isInt16 = random.chance(oneIn: 3)
    table = !isInt16 && random.chance(oneIn: 3) ? random.values(256, in: -128...127) : nil
    residualStride = columns + random.pick(0...20)
    let hasResidual = random.chance(oneIn: 3)
    let count = (rows - 1) * residualStride + columns
    residual8 = hasResidual && !isInt16 ? random.values(count, in: -128...127) : nil
    residual16 = hasResidual && isInt16 ? random.values(count, in: -32768...32767) : nil
    residualZeroPoint = random.pick(-128...127)
    residualMultiplier = random.pick(0...(1 << 14))
  }

  func epilogue(in memory: GuardedMemory) -> swl_epilogue {
    let out =
      isInt16
      ? UnsafeMutableRawPointer(
        memory.output(of: Int16.self, rows: rows, stride: stride, width: columns))
      : UnsafeMutableRawPointer(
        memory.output(of: Int8.self, rows: rows, stride: stride, width: columns))
    let residual =
      residual8.map { UnsafeRawPointer(memory.input($0, slack: slack)) }
      ?? residual16.map { UnsafeRawPointer(memory.input($0)) }
    return swl_epilogue(
      out: out, out_stride: stride, out_is_int16: isInt16 ? 1 : 0,
      table: table.map { memory.input($0) },
      residual: residual, residual_stride: residualStride, residual_zero_point: residualZeroPoint,
      residual_multiplier: residualMultiplier)
  }
}

extension Int {
  func roundedUp(to multiple: Int) -> Int { (self + multiple - 1) / multiple * multiple }
}
