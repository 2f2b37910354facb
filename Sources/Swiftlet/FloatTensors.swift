import SwiftletProgram

/// Float tensors at the edge of the integer runtime. Inference itself never comes here.
extension Session {
  /// Fills the input from the tensor that the float model takes, `[C, H, W]` or `[T, C]`, quantized as the program's input
  /// asks: an image's floats become the bytes they were normalised from.
  package mutating func setInput(floats: [Float]) {
    let program = model.program
    let tensor = program.tensors[program.input.tensor]
    let isMap = program.input.shape.count == 3
    let channels = isMap ? program.input.shape[0] : tensor.channels
    let preprocessing = program.input.preprocessing
    withInput { input in
      input.initialize(repeating: preprocessing == nil ? Int8(tensor.zeroPoint) : -128)
      for (index, value) in floats.enumerated() {
        let channel = isMap ? index / tensor.rows : index % channels
        let row = isMap ? index % tensor.rows : index / channels
        let step: Float
        if let preprocessing {
          let c = preprocessing.isBGR ? channels - 1 - channel : channel
          step = (value * preprocessing.std[c] + preprocessing.mean[c]) * 255 - 128
        } else {
          step = value / tensor.scale + Float(tensor.zeroPoint)
        }
        let rounded = step.isNaN ? 0 : step.rounded()
        input[row * tensor.channels + channel] = Int8(max(-128, min(127, rounded)))
      }
    }
  }

  /// The logits of the last run in the float model's units, one a class.
  public var floatLogits: [Float] {
    let model = self.model  // Swift 6.0.3 fails on two paths through a borrowed property
    let scale = model.program.tensors[model.program.output].scale
    return logits.map { Float($0) * scale }
  }
}
