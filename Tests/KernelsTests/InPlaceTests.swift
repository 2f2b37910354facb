import CSwiftletKernels
import SwiftletKernels
import Testing

/// The operands that may be the output itself.
@Suite struct InPlaceTests {
  private let width = 77
  private let table = (0..<256).map { Int8(truncatingIfNeeded: $0 &* 37) }

  /// Rows of int8 that a kernel reads and overwrites, the result, and what a separate output receives.
  private func expectSame(
    rows: Int,
    _ kernel: (_ input: UnsafeMutablePointer<Int8>, _ out: UnsafeMutablePointer<Int8>) -> Void
  ) {
    var random = Random(seed: 13)
    let values = (0..<(rows * width)).map { _ in random.pick(-128...127) as Int8 }
    var input = values
    var separate = values
    var inPlace = values
    input.withUnsafeMutableBufferPointer { input in
      separate.withUnsafeMutableBufferPointer { out in
        if let input = input.baseAddress, let out = out.baseAddress { kernel(input, out) }
      }
    }
    inPlace.withUnsafeMutableBufferPointer {
      if let both = $0.baseAddress { kernel(both, both) }
    }
    #expect(input == values)
    #expect(separate != values)
    #expect(inPlace == separate)
  }

  private func run(
    _ set: KernelSet, lookup input: UnsafeMutablePointer<Int8>, _ out: UnsafeMutablePointer<Int8>
  ) {
    table.withUnsafeBufferPointer {
      var call = swl_lookup(in: input, table: $0.baseAddress, out: out, count: width)
      set.functions.pointee.lookup(&call)
    }
  }

  @Test(arguments: KernelSet.available) func lookup(set: KernelSet) {
    expectSame(rows: 1) { run(set, lookup: $0, $1) }
  }

  @Test(arguments: KernelSet.available) func add(set: KernelSet) {
    expectSame(rows: 3) { input, out in
      var call = swl_add(
        a: input, b: input, a_stride: width, b_stride: width, rows: 3, channels: Int32(width),
        is_int16: 0, a_zero_point: 3, a_multiplier: 9000, b_zero_point: 3, b_multiplier: 5000,
        zero_point: 1, low: -128, high: 127, out: out, out_stride: width)
      set.functions.pointee.add(&call)
    }
  }

  @Test(arguments: KernelSet.available) func multiply(set: KernelSet) {
    expectSame(rows: 3) { input, out in
      var call = swl_multiply(
        a: input, b: input, a_stride: width, b_stride: width, rows: 3, channels: Int32(width),
        a_zero_point: 3, b_zero_point: 5, bias: 0, multiplier: 20000, shift: 1, zero_point: 1,
        low: -128, high: 127, out: out, out_stride: width)
      set.functions.pointee.multiply(&call)
    }
  }

  @Test(arguments: KernelSet.available) func residual(set: KernelSet) {
    let memory = GuardedMemory()
    let accumulators = memory.input([Int32](repeating: 3000, count: width))
    var random = Random(seed: 14)
    let rule = RuleCase(entries: width.roundedUp(to: 16), random: &random)
    let arguments = rule.rule(in: memory)
    expectSame(rows: 1) { input, out in
      var epilogue = swl_epilogue()
      epilogue.out = UnsafeMutableRawPointer(out)
      epilogue.residual = UnsafeRawPointer(input)
      epilogue.residual_multiplier = 12000
      var call = swl_requantize_sums(
        sums: accumulators, channels: Int32(width), rule: arguments, epilogue: epilogue)
      set.functions.pointee.requantize_sums(&call)
    }
    _ = memory.written()
  }
}
