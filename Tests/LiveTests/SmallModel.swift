import Swiftlet
import SwiftletProgram

/// A model of colour images of 8 x 6 whose four outputs are the means of red, green, blue and nothing.
enum SmallModel {
  static let (width, height) = (8, 6)

  static func make() throws -> Model {
    let tensors = [
      ActivationTensor(
        name: "input", rows: width * height, channels: 4, type: .int8, scale: 1, zeroPoint: -128),
      ActivationTensor(
        name: "logits", rows: 1, channels: 4, type: .int16, scale: 0.001, zeroPoint: 0),
    ]
    let data: [DataName: DataTensor] = [
      "bias": DataTensor([Int32](repeating: 0, count: 16)),
      "multiplier": DataTensor([Int16](repeating: 1 << 14, count: 16)),
      "shift": DataTensor([Int8](repeating: 1, count: 16)),
    ]
    let mean = Mean(
      name: "mean", input: Operand(tensor: 0, offset: 0, channels: 4), output: 1,
      rule: Rule(bias: "bias", multiplier: "multiplier", shift: "shift", low: -128, high: 127),
      epilogue: Epilogue())
    let preprocessing = Preprocessing(
      resize: 6, height: height, width: width, interpolation: .bilinear, mean: [0.5, 0.5, 0.5],
      std: [0.2, 0.2, 0.2])
    let program = Program(
      input: Input(tensor: 0, shape: [3, height, width], preprocessing: preprocessing),
      tensors: tensors, instructions: [.mean(mean)], output: 1)
    return try Model(
      bytes: ModelFileWriter.encode(
        program: program, data: data, labels: ["red", "green", "blue", "none"]))
  }
}
