import CSwiftletKernels

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

extension Int {
  func roundedUp(to multiple: Int) -> Int { (self + multiple - 1) / multiple * multiple }
}
