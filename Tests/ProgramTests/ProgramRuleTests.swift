import SwiftletProgram
import Testing

/// The rules of single instructions and of their data, each broken by itself.
struct ProgramRuleTests {
  /// Edits of the sample program, each with what the message must say.
  typealias Edit = (expected: String, change: (inout SampleProgram) -> Void)

  private func check(_ edits: [Edit]) throws {
    for (expected, change) in edits {
      var sample = SampleProgram()
      change(&sample)
      let message = try refusal(of: sample.unchecked())
      #expect(
        message?.contains(expected) == true, "\(message ?? "accepted"), expected: \(expected)")
    }
  }

  @Test func dataflow() throws {
    try check([
      ("before it is written", { $0.program.instructions.swapAt(0, 1) }),
      ("written already", { $0.program.instructions.append($0.program.instructions[0]) }),
      ("no instruction writes", { $0.program.tensors.append($0.program.tensors[1]) }),
      (
        "writes an input",
        { sample in
          sample.edit("gelu") { if case .lookup(var it) = $0 { it.output = 0; $0 = .lookup(it) } }
        }
      ),
      (
        "writes an input or constant",
        { sample in
          sample.edit("gelu") { if case .lookup(var it) = $0 { it.output = 5; $0 = .lookup(it) } }
        }
      ),
      (
        "before it is written",
        { sample in
          sample.edit("gelu") {
            if case .lookup(var it) = $0 { it.input.tensor = it.output; $0 = .lookup(it) }
          }
        }
      ),
      (
        "has a table of rows",
        { sample in
          sample.edit("gelu") {
            if case .lookup(var it) = $0 { it.input.rows = "windows"; $0 = .lookup(it) }
          }
        }
      ),
      ("rows, expected 1", { $0.program.output = 6 }),
      ("expected int16", { $0.program.output = 14 }),
      ("9 labels for 10 logits", { $0.labels.removeLast() }),
      ("0 instructions", { $0.program.instructions = [] }),
      ("0 tensors", { $0.program.tensors = [] }),
      ("the tensor is a constant", { $0.program.tensors[0].constant = "stem.weights" }),
      ("scales are in tensor", { $0.program.tensors[1].scales = "nowhere" }),
      ("expected F32", { $0.program.tensors[1].scales = "stem.weights" }),
      (
        "have 16 elements",
        {
          $0.data["few"] = DataTensor([Float](repeating: 1, count: 1))
          $0.program.tensors[1].channels = 1000
          $0.program.tensors[1].scales = "few"
        }
      ),
      (
        "the scale of channel 1 is 0",
        {
          let channels = $0.program.tensors[1].channels
          $0.data["scales"] = DataTensor([1, 0] + [Float](repeating: 1, count: channels))
          $0.program.tensors[1].scales = "scales"
        }
      ),
    ])
  }

  @Test("a tensor of the other type is refused")
  func types() throws {
    for id in SampleProgram().program.tensors.indices {
      var sample = SampleProgram()
      sample.program.tensors[id].type = sample.program.tensors[id].type == .int8 ? .int16 : .int8
      sample.program.tensors[id].zeroPoint = 0
      #expect(try refusal(of: sample.unchecked()) != nil, "tensor \(id)")
    }
  }

  @Test func attention() throws {
    try check([
      (
        "its producer's smallest value must be -127",
        { sample in
          sample.edit("qkv") {
            if case .convolution(var it) = $0 { it.rule.low = -128; $0 = .convolution(it) }
          }
        }
      ),
      ("expected 0", { $0.program.tensors[8].zeroPoint = 1 }),
      (
        "could wrap",
        { sample in
          sample.data["keys"] = DataTensor([Int32](repeating: 0, count: 4 * 1025))
          sample.data["attention.bias"] = DataTensor([Int16](repeating: 0, count: 2 * 2 * 4 * 1025))
          sample.editAttention { $0.keyTokens = 1025 }
        }
      ),
      ("expected at most 2^23", { $0.editAttention { $0.outputExponent = -6 } }),
      ("exponential 0 is 16383, expected 8191", { $0.editAttention { $0.exponentBits = 13 } }),
      ("exponential 63", { $0.data["exponentials"]?.bytes[126] ^= 1 }),
      ("stands in the table twice", { $0.setElement("windows", 3, to: Int32(0)) }),
      ("query row 3 is 16", { $0.setElement("windows", 3, to: Int32(16)) }),
      ("query row 0 is -1", { $0.setElement("windows", 0, to: Int32(-1)) }),
      ("key row 7 is 16", { $0.setElement("keys", 7, to: Int32(16)) }),
      ("sums reach", { $0.editAttention { $0.logits.bias = Int(Int32.max) } }),
      (
        "4 groups of 2 key tokens, the key has 16 rows",
        {
          $0.editAttention {
            $0.key.rows = nil
            $0.value.rows = nil
          }
        }
      ),
      ("key and value have different tables of rows", { $0.editAttention { $0.key.rows = nil } }),
      (
        "key and value have different tables of rows",
        { $0.editAttention { $0.value.rows = "windows" } }
      ),
    ])
  }

  @Test func indexMaps() throws {
    try check([
      ("ends outside", { $0.setElement("joined.offsets", 31, to: Int32(241)) }),
      ("ends outside", { $0.setElement("joined.offsets", 0, to: Int32(-1)) }),
      ("source 4 is 2", { $0.setElement("joined.sources", 4, to: Int32(2)) }),
      ("source 4 is -1", { $0.setElement("joined.sources", 4, to: Int32(-1)) }),
      ("do not cover", { $0.editGather { $0.run = 15 } }),
      ("expected at least 64", { $0.editGather { $0.run = 8 } }),
      ("sources are needed", { $0.editGather { $0.sources = nil } }),
      ("sources are needed", { $0.editGather { $0.inputs.removeLast() } }),
      ("number of inputs", { $0.editGather { $0.inputs = [] } }),
      ("zero point", { $0.program.tensors[12].zeroPoint = 1 }),
    ])
  }

  @Test func everyArrayOfARuleIsChecked() throws {
    for name in SampleProgram().data.keys where name.hasSuffix(".shift") {
      let rule = name.dropLast(".shift".count)
      try check([
        ("the shift of channel 0 is 25", { $0.setElement(name, 0, to: Int8(25)) }),
        ("the shift of channel 9 is -9", { $0.setElement(name, 9, to: Int8(-9)) }),
        ("they could wrap", { $0.setElement("\(rule).bias", 1, to: Int32.max) }),
        ("they could wrap", { $0.setElement("\(rule).bias", 1, to: Int32.min) }),
        ("multiplier 16383", { $0.setElement("\(rule).multiplier", 2, to: Int16(16383)) }),
        ("multiplier -32768", { $0.setElement("\(rule).multiplier", 2, to: Int16.min) }),
        ("multiplier 0", { $0.setElement("\(rule).multiplier", 2, to: Int16(0)) }),
      ])
    }
  }

  @Test("weights of every lane, and their padding")
  func weights() throws {
    for name in SampleProgram().data.keys where name.hasSuffix(".weights") {
      let weights = try #require(SampleProgram().data[name])
      // 13 steps through all lanes of all blocks of 64.
      for index in stride(from: 0, to: weights.bytes.count, by: 13) {
        try check([("weight", { $0.setElement(name, index, to: Int8(-128)) })])
        if weights.bytes[index] == 0 {
          try check([("is padding, expected 0", { $0.setElement(name, index, to: Int8(1)) })])
        }
      }
    }
  }

  @Test func everyTensorHasItsTypeAndSize() throws {
    for (name, tensor) in SampleProgram().data {
      try check([
        ("which the file does not have", { $0.data[name] = nil }),
        (
          "have type U8",
          {
            $0.data[name] = DataTensor(
              type: .uint8, shape: [tensor.bytes.count], bytes: tensor.bytes)
          }
        ),
        (
          "expected at least",
          { $0.data[name] = DataTensor(type: tensor.type, shape: [0], bytes: []) }
        ),
      ])
    }
  }

  @Test("no product can wrap: the largest bias that is accepted", arguments: -8...0)
  func largestBias(shift: Int) throws {
    let largest = (1 << 31 - 1) >> -shift - 255 * 255
    for (bias, isAccepted) in [
      (largest, true), (-largest, true), (largest + 1, false), (-largest - 1, false),
    ] {
      var sample = SampleProgram()
      sample.edit("gate") {
        if case .multiply(var it) = $0 {
          it.rule = .init(bias: bias, multiplier: -32767, shift: shift)
          $0 = .multiply(it)
        }
      }
      #expect(try (refusal(of: sample.unchecked()) == nil) == isAccepted)
    }
  }

  @Test func windows() throws {
    let edits: [(String, (inout Window) -> Void)] = [
      ("padding above", { $0.padTop = 3 }), ("padding on the left", { $0.padLeft = 3 }),
      ("padding above", { $0.padTop = -1 }), ("starts below", { $0.strideY = 3 }),
      ("starts right", { $0.strideX = 3 }), ("vertical stride", { $0.strideY = 0 }),
      ("horizontal dilation", { $0.dilationX = 0 }),
      ("the window's height", { $0.dilationY = 1 << 16 }),
      ("kernel's width", { $0.kernelWidth = 0 }),
    ]
    for (expected, change) in edits {
      try check([
        (
          expected,
          { sample in
            sample.edit("stem") {
              if case .convolution(var it) = $0, var window = it.window {
                change(&window)
                it.window = window
                $0 = .convolution(it)
              }
            }
          }
        )
      ])
    }
    try check([
      (
        "no padding values",
        { sample in
          sample.edit("stem") {
            if case .convolution(var it) = $0 { it.padding = nil; $0 = .convolution(it) }
          }
        }
      )
    ])
  }

  @Test func preprocessing() throws {
    let edits: [(String, (inout Preprocessing) -> Void)] = [
      ("resize", { $0.resize = 0 }), ("resize", { $0.resize = .exactly(height: 8, width: -1) }),
      ("border of 2 channels for 3", { $0.border = [0, 0] }), ("2 means", { $0.mean.removeLast() }),
      ("2 standard deviations", { $0.std.removeLast() }), ("above 0", { $0.std[1] = 0 }),
      ("shape [3, 8, 8]", { $0.width = 9 }),
      (
        "BGR with one channel",
        {
          $0.mean = [0]; $0.std = [1]; $0.isBGR = true
        }
      ),
    ]
    for (expected, change) in edits {
      try check([
        (
          expected,
          { sample in
            if var it = sample.program.input.preprocessing {
              change(&it)
              sample.program.input.preprocessing = it
            }
          }
        )
      ])
    }
    try check([
      (
        "gives 64 x 4",
        { sample in
          sample.program.tensors[0].rows = 48
          sample.program.tensors[0].channels = 3
        }
      ),
      ("rank", { $0.program.input.shape = [] }),
      (
        "gives 72057594037927936 x 3",
        { sample in
          sample.program.input.preprocessing = nil
          sample.program.input.shape = [3, 1 << 28, 1 << 28]
        }
      ),
    ])
  }
}

extension SampleProgram {
  mutating func edit(_ name: String, _ change: (inout Instruction) -> Void) {
    for index in program.instructions.indices where program.instructions[index].body.name == name {
      change(&program.instructions[index])
    }
  }

  mutating func editAttention(_ change: (inout Attention) -> Void) {
    edit("attention") {
      if case .attention(var it) = $0 {
        change(&it)
        $0 = .attention(it)
      }
    }
  }

  mutating func editGather(_ change: (inout Gather) -> Void) {
    edit("joined") {
      if case .gather(var it) = $0 {
        change(&it)
        $0 = .gather(it)
      }
    }
  }

  mutating func setElement<T: FixedWidthInteger>(_ name: DataName, _ index: Int, to value: T) {
    let bytes = withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) }
    let start = index * bytes.count
    data[name]?.bytes.replaceSubrange(start..<start + bytes.count, with: bytes)
  }
}
