import CSwiftletImageKernels
import CSwiftletKernels

/// Rows of bytes to one.
struct FrameRowsCase: KernelCase {
  let taps, count, stride: Int
  let pixels: [UInt8]
  let weights: [Int16]

  init(random: inout Random) {
    taps = random.pick(1...9)
    count = random.pick(1...150)
    stride = random.chance(oneIn: 4) ? random.pick(1...count) : count + random.pick(0...20)
    pixels = random.values((taps - 1) * stride + count, in: 0...255)
    weights = random.values(taps, in: random.chance(oneIn: 2) ? -32768...32767 : -2000...8000)
  }

  func run(_ kernels: swl_kernels, in memory: GuardedMemory) -> [UInt8] {
    var call = swl_frame_rows(
      in: memory.input(pixels), in_stride: stride, weights: memory.input(weights),
      taps: Int32(taps), count: Int32(count),
      out: memory.output(of: Int16.self, rows: 1, stride: count, width: count))
    imageKernels(kernels).frame_rows(&call)
    return memory.written()
  }
}

/// Samples of a component to columns.
struct FrameColumnsCase: KernelCase {
  let taps, count: Int
  let samples: [Int16]
  let starts: [Int32]
  let weights: [Int16]

  init(random: inout Random) {
    taps = 16 * random.pick(1...4)
    count = random.pick(1...70)
    let spare = random.pick(0...60) as Int
    samples = random.values(
      taps + spare, in: random.chance(oneIn: 2) ? -32768...32767 : 0...(255 << 6))
    starts = random.values(count, in: 0...Int32(spare))
    weights = random.values(
      count * taps, in: random.chance(oneIn: 3) ? -32768...32767 : -1000...2000)
  }

  func run(_ kernels: swl_kernels, in memory: GuardedMemory) -> [UInt8] {
    var call = swl_frame_columns(
      in: memory.input(samples), starts: memory.input(starts), weights: memory.input(weights),
      taps: Int32(taps), count: Int32(count),
      out: memory.output(of: Int16.self, rows: 1, stride: count, width: count))
    imageKernels(kernels).frame_columns(&call)
    return memory.written()
  }
}

/// Components to pixels.
struct FrameColoursCase: KernelCase {
  let components, channels, count, stride: Int
  let samples: [Int16]
  let weights: [Int32]
  let offsets: [Int32]

  init(random: inout Random) {
    components = random.pick(1...3)
    channels = random.chance(oneIn: 3) ? 1 : 3
    count = random.pick(1...70)
    stride = count + random.pick(0...20)
    let isWild = random.chance(oneIn: 4)
    samples = random.values(
      (components - 1) * stride + count, in: isWild ? -32768...32767 : 0...4080)
    let limit: Int32 = isWild ? .max : 40000
    weights = random.values(channels * components, in: -limit...limit)
    offsets = random.values(channels, in: -limit...limit)
  }

  func run(_ kernels: swl_kernels, in memory: GuardedMemory) -> [UInt8] {
    let width = channels == 1 ? count : 4 * count
    var call = swl_frame_colours(
      in: memory.input(samples), in_stride: stride, weights: memory.input(weights),
      offsets: memory.input(offsets), components: Int32(components), channels: Int32(channels),
      count: Int32(count), out: memory.output(of: Int8.self, rows: 1, stride: width, width: width))
    imageKernels(kernels).frame_colours(&call)
    return memory.written()
  }
}
