import CSwiftletKernels

struct GEMMCase: KernelCase {
  let rows: Int
  let columns: Int
  let depth: Int
  let a: [Int8]
  let aLow: [Int8]?
  let aStride: Int
  let b: [Int8]
  let panelStride: Int
  let rulePerRow: Bool
  let rule: RuleCase
  let epilogue: EpilogueCase

  init(random: inout Random) {
    rows = random.pick(1...(random.chance(oneIn: 8) ? 40 : 13))
    columns = random.pick(1...(random.chance(oneIn: 8) ? 200 : 50))
    depth = 4 * random.pick(1...(random.chance(oneIn: 4) ? 50 : 12))
    aStride = depth + random.pick(0...30)
    let count = (rows - 1) * aStride + depth
    a = random.values(count, in: -128...127)
    aLow = random.chance(oneIn: 3) ? random.values(count, in: 0...127) : nil
    panelStride = 16 * depth + 64 * random.pick(0...2)
    let panels = columns.roundedUp(to: 16) / 16
    b = random.values((panels - 1) * panelStride + 16 * depth, in: -127...127)
    rulePerRow = random.chance(oneIn: 3)
    rule = RuleCase(entries: rulePerRow ? rows : columns.roundedUp(to: 16), random: &random)
    epilogue = EpilogueCase(rows: rows, columns: columns, random: &random)
  }

  func run(_ kernels: swl_kernels, in memory: GuardedMemory) -> [UInt8] {
    var call = swl_gemm(
      a: memory.input(a, slack: slack), a_low: aLow.map { memory.input($0, slack: slack) },
      a_stride: aStride, rows: Int32(rows), depth: Int32(depth), b: memory.input(b),
      b_panel_stride: panelStride, columns: Int32(columns), rule_per_row: rulePerRow ? 1 : 0,
      rule: rule.rule(in: memory), epilogue: epilogue.epilogue(in: memory))
    kernels.gemm(&call)
    return memory.written()
  }
}

struct DepthwiseCase: KernelCase {
  let kernelHeight: Int
  let kernelWidth: Int
  let stride: Int
  let dilation: Int
  let height: Int
  let width: Int
  let channels: Int
  let inputWidth: Int
  let padLeft: Int
  let pixelStride: Int
  let map: [[Int8]]
  /// The input rows under each output row; nil is a row of padding.
  let rows: [Int?]
  let padding: [Int8]?
  let weights: [Int8]
  let rule: RuleCase
  let epilogue: EpilogueCase

  init(random: inout Random) {
    if random.chance(oneIn: 2) {
      kernelHeight = 2 * random.pick(1...3) + 1
      kernelWidth = kernelHeight
      stride = random.pick(1...2)
      dilation = 1
    } else {
      kernelHeight = random.pick(1...(random.chance(oneIn: 20) ? 35 : 8))
      kernelWidth = random.pick(1...(random.chance(oneIn: 20) ? 29 : 8))
      stride = random.pick(1...(random.chance(oneIn: 10) ? 40 : 3))
      dilation = random.pick(1...(random.chance(oneIn: 10) ? 40 : 3))
    }
    height = random.pick(1...3)
    width = random.pick(1...(random.chance(oneIn: 8) ? 120 : 12))
    channels = random.pick(1...(random.chance(oneIn: 8) ? 200 : 70))
    pixelStride = channels + random.pick(0...20)
    let reach = (width - 1) * stride + (kernelWidth - 1) * dilation + 1
    let isPadded = random.chance(oneIn: 2)
    padLeft = isPadded ? random.pick(0...(kernelWidth - 1) * dilation) : 0
    inputWidth = isPadded ? random.pick(1...reach + 3) : reach + random.pick(0...3)
    let (count, mapRows) = ((inputWidth - 1) * pixelStride + channels, random.pick(1...4))
    map = (0..<mapRows).map { _ in random.values(count, in: -128...127) }
    rows = (0..<(height * kernelHeight)).map { _ in
      isPadded && random.chance(oneIn: 4) ? nil : random.pick(0...mapRows - 1)
    }
    padding = isPadded ? random.values(channels, in: -128...127) : nil
    let taps = kernelHeight * kernelWidth
    let paddedTaps = taps.roundedUp(to: 4)
    let paddedChannels = channels.roundedUp(to: 16)
    var weights: [Int8] = random.values(paddedChannels * paddedTaps, in: -127...127)
    for index in weights.indices where index / 64 % (paddedTaps / 4) * 4 + index % 4 >= taps {
      weights[index] = 0
    }
    self.weights = weights
    rule = RuleCase(entries: paddedChannels, random: &random)
    epilogue = EpilogueCase(rows: height * width, columns: channels, random: &random)
  }

  func run(_ kernels: swl_kernels, in memory: GuardedMemory) -> [UInt8] {
    let map = map.map { memory.input($0, slack: slack) }
    let pointers = rows.map { row in row.map { map[$0] } }
    var call = swl_depthwise(
      rows: memory.input(pointers), pixel_stride: pixelStride, input_width: Int32(inputWidth),
      pad_left: Int32(padLeft), padding: padding.map { memory.input($0) },
      kernel_height: Int32(kernelHeight), kernel_width: Int32(kernelWidth), stride: Int32(stride),
      dilation: Int32(dilation), height: Int32(height), width: Int32(width),
      channels: Int32(channels), weights: memory.input(weights),
      scratch: memory.scratch(kernels.depthwise_scratch), rule: rule.rule(in: memory),
      epilogue: epilogue.epilogue(in: memory))
    kernels.depthwise(&call)
    return memory.written()
  }
}

/// Packing of rows or of columns.
struct PackCase {
  let rows: [Int8]
  let stride: Int
  let index: [Int32]?
  let count: Int
  let width: Int

  init(random: inout Random) {
    count = random.pick(1...70)
    width = random.pick(1...70)
    stride = width + random.pick(0...20)
    rows = random.values((count - 1) * stride + width, in: -128...127)
    let limit = Int32(count - 1)
    index = random.chance(oneIn: 2) ? (0..<count).map { _ in random.pick(0...limit) } : nil
  }

  func run(
    _ memory: GuardedMemory, width outer: Int, depth inner: Int, _ pack: Pack
  ) -> [UInt8] {
    let size = outer.roundedUp(to: 16) * inner.roundedUp(to: 4)
    var call = swl_pack(
      rows: memory.input(rows, slack: slack), stride: stride,
      index: index.map { memory.input($0) }, count: Int32(count), channels: Int32(width),
      panels: memory.output(rows: 1, stride: size, width: size))
    pack(&call)
    return memory.written()
  }

  typealias Pack = (UnsafePointer<swl_pack>?) -> Void
}

struct PackRowsCase: KernelCase {
  let pack: PackCase

  init(random: inout Random) { pack = PackCase(random: &random) }

  func run(_ kernels: swl_kernels, in memory: GuardedMemory) -> [UInt8] {
    pack.run(memory, width: pack.count, depth: pack.width, kernels.pack_rows)
  }
}

struct PackColumnsCase: KernelCase {
  let pack: PackCase

  init(random: inout Random) { pack = PackCase(random: &random) }

  func run(_ kernels: swl_kernels, in memory: GuardedMemory) -> [UInt8] {
    pack.run(memory, width: pack.width, depth: pack.count, kernels.pack_columns)
  }
}
