import CSwiftletImageKernels
import CSwiftletKernels

/// Both passes of a resize, on operands of their own.
struct ResampleCase: KernelCase {
  let channels: Int
  let taps: Int
  let rows: Int
  let width: Int
  let outStride: Int
  let horizontal: Pass
  let vertical: Pass

  struct Pass {
    let stride: Int
    let pixels: [UInt8]
    let starts: [Int32]
    let weights: [Int32]

    /// Outputs of taps among `inputs` pixels or rows.
    init(
      outputs: Int, taps: Int, inputs: Int, rows: Int, rowSize: Int, random: inout Random
    ) {
      stride = rowSize + random.pick(0...20)
      pixels = random.values((rows - 1) * stride + rowSize, in: 0...255)
      starts = (0..<outputs).map { _ in random.pick(0...Int32(inputs - taps)) }
      let limit: Int32 = random.chance(oneIn: 3) ? 3 << 21 : (3 << 21) / Int32(taps)
      weights = random.values(outputs * taps, in: -limit...limit)
    }
  }

  init(random: inout Random) {
    channels = random.chance(oneIn: 2) ? 1 : 3
    taps = 4 * random.pick(1...5)
    rows = random.pick(1...20)
    width = random.pick(1...80)
    outStride = width * channels + random.pick(0...20)
    let inputs = taps + random.pick(0...50)
    horizontal = Pass(
      outputs: width, taps: taps, inputs: inputs, rows: rows, rowSize: inputs * channels,
      random: &random)
    vertical = Pass(
      outputs: rows, taps: taps, inputs: inputs, rows: inputs, rowSize: width * channels,
      random: &random)
  }

  func run(_ kernels: swl_kernels, in memory: GuardedMemory) -> [UInt8] {
    func call(_ pass: Pass) -> swl_resample {
      swl_resample(
        in: memory.input(pass.pixels, slack: slack), in_stride: pass.stride,
        starts: memory.input(pass.starts), weights: memory.input(pass.weights), taps: Int32(taps),
        channels: Int32(channels), rows: Int32(rows), width: Int32(width),
        out: memory.output(rows: rows, stride: outStride, width: width * channels),
        out_stride: outStride)
    }
    var first = call(horizontal)
    imageKernels(kernels).resample_horizontal(&first)
    var second = call(vertical)
    imageKernels(kernels).resample_vertical(&second)
    return memory.written()
  }
}

/// The image kernels of a set.
func imageKernels(_ kernels: swl_kernels) -> swl_image_kernels {
  swl_image_kernels_named(kernels.name).pointee
}
