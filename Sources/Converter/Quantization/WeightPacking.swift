import SwiftletProgram

/// The order of int8 weights in the file: panels `[N / 16][K / 4][16][4]` (DESIGN.md, section 4).
enum WeightPacking {
  /// Packs rows `[outputs][depth]`; K is padded to a multiple of `alignment`, N to 16.
  static func panels(_ rows: [Int8], outputs: Int, depth: Int, alignment: Int) -> [Int8] {
    let panelCount = (outputs + 15) / 16
    let paddedDepth = (depth + alignment - 1) / alignment * alignment
    var panels = [Int8](repeating: 0, count: panelCount * paddedDepth * 16)
    for n in 0..<outputs {
      for k in 0..<depth {
        let index = (n / 16) * paddedDepth * 16 + (k / 4) * 64 + (n % 16) * 4 + k % 4
        panels[index] = rows[n * depth + k]
      }
    }
    return panels
  }

  /// A convolution's or linear layer's panels, each run of a tap row padded to 4.
  static func convolution(
    _ weights: [Int8], outputs: Int, channels: Int, window: Window?
  ) -> DataTensor {
    let taps = (window?.kernelHeight ?? 1) * (window?.kernelWidth ?? 1)
    let run = channels * (window.map { $0.dilationX > 1 ? 1 : $0.kernelWidth } ?? 1)
    let paddedRun = (run + 3) / 4 * 4
    let runs = taps * channels / run
    var rows = [Int8](repeating: 0, count: outputs * runs * paddedRun)
    for n in 0..<outputs {
      for r in 0..<runs {
        for k in 0..<run {
          rows[(n * runs + r) * paddedRun + k] = weights[(n * runs + r) * run + k]
        }
      }
    }
    let depth = runs * paddedRun
    let packed = panels(rows, outputs: outputs, depth: depth, alignment: 64)
    let paddedOutputs = (outputs + 15) / 16
    return DataTensor(
      packed, shape: [paddedOutputs, packed.count / (paddedOutputs * 64), 16, 4])
  }

  static func depthwise(_ weights: [Int8], channels: Int, taps: Int) -> DataTensor {
    let packed = panels(weights, outputs: channels, depth: taps, alignment: 4)
    return DataTensor(packed, shape: [(channels + 15) / 16, (taps + 3) / 4, 16, 4])
  }
}
