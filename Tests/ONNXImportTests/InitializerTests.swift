import Foundation
import SwiftletGraph
import SwiftletONNXImport
import Testing

@Suite struct InitializerTests {
  private static func tensor(
    _ type: Onnx_TensorProto.DataType, count: Int, _ fill: (inout Onnx_TensorProto) -> Void
  ) -> Onnx_TensorProto {
    var tensor = Onnx_TensorProto()
    tensor.dims = [Int64(count)]
    tensor.dataType = Int32(type.rawValue)
    fill(&tensor)
    return tensor
  }

  private static func raw<Element>(
    _ type: Onnx_TensorProto.DataType, _ values: [Element]
  ) -> Onnx_TensorProto {
    tensor(type, count: values.count) { $0.rawData = values.withUnsafeBytes { Data($0) } }
  }

  @Test func everyFloatEncodingDecodes() throws {
    let half: [UInt16] = [0x3C00, 0xC100, 0x0001]
    let bfloat: [UInt16] = [0x3F80, 0xC020, 0x0001]
    let typed: (Onnx_TensorProto.DataType, [UInt16]) -> Onnx_TensorProto = { type, bits in
      Self.tensor(type, count: bits.count) { $0.int32Data = bits.map(Int32.init) }
    }
    let tiny = Float(Float16(bitPattern: 1))
    let denormal = Float(bitPattern: 0x0001_0000)
    let cases: [(Onnx_TensorProto, [Float])] = [
      (Self.raw(.float, [Float(1), -2.5]), [1, -2.5]),
      (Self.tensor(.float, count: 2) { $0.floatData = [1, -2.5] }, [1, -2.5]),
      (Self.raw(.double, [1.0, -2.5]), [1, -2.5]),
      (Self.tensor(.double, count: 2) { $0.doubleData = [1, -2.5] }, [1, -2.5]),
      (Self.raw(.float16, half), [1, -2.5, tiny]),
      (typed(.float16, half), [1, -2.5, tiny]),
      (Self.raw(.bfloat16, bfloat), [1, -2.5, denormal]),
      (typed(.bfloat16, bfloat), [1, -2.5, denormal]),
    ]
    for (proto, expected) in cases {
      #expect(try decoded(proto) == Tensor(shape: [expected.count], expected))
    }
  }

  @Test func everyIntegerEncodingDecodes() throws {
    func check(_ proto: Onnx_TensorProto, _ expected: [Int64]) throws {
      #expect(try decoded(proto) == Tensor(shape: [expected.count], .int(expected)))
    }
    func both<Value: FixedWidthInteger>(
      _ type: Onnx_TensorProto.DataType, _: Value.Type,
      _ set: (inout Onnx_TensorProto, [Value]) -> Void
    ) throws {
      let values = [Value.min, 1, Value.max]
      let expected = values.map { Int64(clamping: $0) }
      try check(Self.raw(type, values), expected)
      try check(Self.tensor(type, count: 3) { set(&$0, values) }, expected)
    }
    try both(.int8, Int8.self) { $0.int32Data = $1.map(Int32.init) }
    try both(.uint8, UInt8.self) { $0.int32Data = $1.map(Int32.init) }
    try both(.int16, Int16.self) { $0.int32Data = $1.map(Int32.init) }
    try both(.uint16, UInt16.self) { $0.int32Data = $1.map(Int32.init) }
    try both(.int32, Int32.self) { $0.int32Data = $1 }
    try both(.uint32, UInt32.self) { $0.uint64Data = $1.map(UInt64.init) }
    try both(.int64, Int64.self) { $0.int64Data = $1 }
    try both(.uint64, UInt64.self) { $0.uint64Data = $1 }
    let truths = Tensor(shape: [2], .bool([true, false]))
    #expect(try decoded(Self.raw(.bool, [UInt8(1), 0])) == truths)
    #expect(try decoded(Self.tensor(.bool, count: 2) { $0.int32Data = [1, 0] }) == truths)
  }

  @Test func unsupportedTypesAreNamed() {
    let supported: Set<Onnx_TensorProto.DataType> = [
      .float, .double, .float16, .bfloat16, .int8, .uint8, .int16, .uint16, .int32, .uint32, .int64,
      .uint64, .bool,
    ]
    for type in Onnx_TensorProto.DataType.allCases where !supported.contains(type) {
      let text = problem(with: Self.tensor(type, count: 1) { $0.rawData = Data(count: 16) })
      #expect(text?.contains("\(type)".uppercased()) == true, "\(type): \(text ?? "imported")")
    }
  }

  @Test func shapesMustFitTheirData() {
    let cases: [[Int64]] = [
      [3], [], [-1], [-2, -1], [1 << 40], [1 << 31, 1 << 31], [Int64.max, Int64.max], [Int64.min],
      [1 << 33, 0, 1 << 33], Array(repeating: 1, count: 20),
    ]
    for dims in cases {
      for isRaw in [true, false] {
        var proto = floats("x", [2], [1, 2])
        if isRaw { (proto.floatData, proto.rawData) = ([], Data(count: 8)) }
        proto.dims = dims
        #expect(problem(with: proto) != nil, "\(dims) raw \(isRaw)")
      }
    }
    #expect(problem(with: floats("x", [0, 3], [])) == nil)
  }

  private func problem(with proto: Onnx_TensorProto) -> String? {
    do {
      _ = try decoded(proto)
      return nil
    } catch {
      return "\(error)"
    }
  }
}
