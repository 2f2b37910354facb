import CSwiftletKernels
import SwiftletKernels
import Testing

/// The operand layouts of the scalar specification, against products of plain matrices and maps. The rule is the identity
/// on small sums: shift -6 and multiplier 2^14 twice cancel the 64ths of a step.
@Suite struct LayoutTests {
  private struct Identity {
    let bias: UnsafePointer<Int32>
    let multiplier: UnsafePointer<Int16>
    let shift: UnsafePointer<Int8>

    init(_ entries: Int, _ memory: GuardedMemory) {
      bias = memory.input([Int32](repeating: 0, count: entries))
      multiplier = memory.input([Int16](repeating: 1 << 14, count: entries))
      shift = memory.input([Int8](repeating: -7, count: entries))
    }

    var rule: swl_rule {
      swl_rule(
        bias: bias, multiplier: multiplier, shift: shift, zero_point: 0, low: -128, high: 127)
    }
  }

  private func epilogue(_ out: UnsafeMutablePointer<Int8>, _ stride: Int) -> swl_epilogue {
    var epilogue = swl_epilogue()
    epilogue.out = UnsafeMutableRawPointer(out)
    epilogue.out_stride = stride
    return epilogue
  }

  @Test func packedRowsAndColumnsAreGEMMOperands() throws {
    let kernels = try KernelSet.named("scalar").functions.pointee
    var random = Random(seed: 11)
    for byRows in [true, false] {
      let (rows, columns, depth) = (5, 21, 12)
      let a = (0..<(rows * depth)).map { _ in random.pick(-2...2) as Int8 }
      let b = (0..<(columns * depth)).map { _ in random.pick(-2...2) as Int8 }
      let memory = GuardedMemory()
      let size = columns.roundedUp(to: 16) * depth
      let panels = UnsafeMutablePointer<Int8>.allocate(capacity: size)
      defer { panels.deallocate() }
      let (outer, inner) = byRows ? (columns, depth) : (depth, columns)
      var pack = swl_pack(
        rows: memory.input(b), stride: inner, index: nil, count: Int32(outer),
        channels: Int32(inner), panels: panels)
      if byRows { kernels.pack_rows(&pack) } else { kernels.pack_columns(&pack) }
      var call = swl_gemm(
        a: memory.input(a), a_low: nil, a_stride: depth, rows: Int32(rows), depth: Int32(depth),
        b: panels, b_panel_stride: 16 * depth, columns: Int32(columns), prepared: nil,
        prepared_column: 0, rule_per_row: 0,
        rule: Identity(columns.roundedUp(to: 16), memory).rule,
        epilogue: epilogue(memory.output(rows: rows, stride: columns, width: columns), columns))
      kernels.gemm(&call)
      let expected = (0..<(rows * columns)).map { index in
        let (row, column) = index.quotientAndRemainder(dividingBy: columns)
        let sum = (0..<depth).reduce(0) { sum, k in
          sum + Int(a[row * depth + k]) * Int(b[byRows ? column * depth + k : k * columns + column])
        }
        return UInt8(bitPattern: Int8(sum))
      }
      #expect(memory.written() == expected)
    }
  }

  @Test func depthwiseTapsFollowTheWindow() throws {
    let kernels = try KernelSet.named("scalar").functions.pointee
    var random = Random(seed: 12)
    let (height, width, stride, dilation, channels) = (2, 3, 2, 2, 18)
    let (outputs, inputWidth, padLeft) = (4, 8, 1)
    let map = (0..<height).map { _ in
      (0..<(inputWidth * channels)).map { _ in random.pick(-4...4) as Int8 }
    }
    let padding = (0..<channels).map { _ in random.pick(-4...4) as Int8 }
    let filter = (0..<(height * width * channels)).map { _ in random.pick(-4...4) as Int8 }
    var weights = [Int8](repeating: 0, count: 32 * 8)
    for channel in 0..<channels {
      for tap in 0..<(height * width) {
        let group = channel / 16 * 2 + tap / 4
        weights[group * 64 + channel % 16 * 4 + tap % 4] = filter[channel * height * width + tap]
      }
    }
    let memory = GuardedMemory()
    // Two rows of outputs; the first row under the second one's window is padding.
    let top = memory.input(map[0])
    let bottom = memory.input(map[1])
    let rows: [UnsafePointer<Int8>?] = [top, bottom, nil, top]
    var call = swl_depthwise(
      rows: memory.input(rows), pixel_stride: channels, input_width: Int32(inputWidth),
      pad_left: Int32(padLeft), padding: memory.input(padding), kernel_height: Int32(height),
      kernel_width: Int32(width), stride: Int32(stride), dilation: Int32(dilation), height: 2,
      width: Int32(outputs), channels: Int32(channels), weights: memory.input(weights),
      prepared: nil, prepared_channel: 0, scratch: memory.scratch(kernels.depthwise_scratch),
      rule: Identity(32, memory).rule,
      epilogue: epilogue(
        memory.output(rows: 2 * outputs, stride: channels, width: channels), channels))
    kernels.depthwise(&call)
    let under: [[[Int8]?]] = [[map[0], map[1]], [nil, map[0]]]
    let expected = (0..<(2 * outputs * channels)).map { index in
      let (output, channel) = index.quotientAndRemainder(dividingBy: channels)
      let (y, x) = output.quotientAndRemainder(dividingBy: outputs)
      var sum = 0
      for ky in 0..<height {
        for kx in 0..<width {
          let column = x * stride + kx * dilation - padLeft
          let isInside = (0..<inputWidth).contains(column)
          let value = isInside ? under[y][ky]?[column * channels + channel] : nil
          let weight = filter[channel * height * width + ky * width + kx]
          sum += Int(value ?? padding[channel]) * Int(weight)
        }
      }
      return UInt8(bitPattern: Int8(clamping: sum))
    }
    #expect(memory.written() == expected)
  }
}
