import SwiftletProgram

/// The order of int8 weights in the file: panels `[N / 16][K / 4][16][4]` (docs/ARITHMETIC.md, "Weight panels").
enum WeightPacking {
  /// A convolution's or linear layer's panels from `[outputs][taps][channels]`, each run of a tap row padded to 4.
  static func convolution(
    _ weights: [Int8], outputs: Int, channels: Int, window: Window?
  ) -> DataTensor {
    let perOutput = weights.count / outputs
    let run = channels * (window.map { $0.dilationX > 1 ? 1 : $0.kernelWidth } ?? 1)
    let paddedRun = padded(run, to: 4)
    let depth = padded(perOutput / run * paddedRun, to: 64)
    return panels(weights, outputs: outputs, depth: depth) { $0 / run * paddedRun + $0 % run }
  }

  /// A depthwise convolution's panels from `[channels][taps]`.
  static func depthwise(_ weights: [Int8], channels: Int, taps: Int) -> DataTensor {
    panels(weights, outputs: channels, depth: padded(taps, to: 4)) { $0 }
  }

  /// Puts element k of a row at depth `place(k)`; the rest is zero.
  private static func panels(
    _ rows: [Int8], outputs: Int, depth: Int, place: (Int) -> Int
  ) -> DataTensor {
    let perOutput = rows.count / outputs
    let panelCount = padded(outputs, to: 16) / 16
    var panels = [Int8](repeating: 0, count: panelCount * depth * 16)
    for n in 0..<outputs {
      for k in 0..<perOutput {
        let z = place(k)
        panels[(n / 16) * depth * 16 + (z / 4) * 64 + (n % 16) * 4 + z % 4] =
          rows[n * perOutput + k]
      }
    }
    return DataTensor(panels, shape: [panelCount, depth / 4, 16, 4])
  }
}
