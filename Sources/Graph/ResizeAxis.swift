/// One axis of a resize: how many elements there are, how many there will be, and the ratio of the two that positions use.
///
/// In single precision and in ONNX Runtime's order, so that both round alike.
package struct ResizeAxis: Sendable, Equatable {
  package var input: Int
  package var output: Int
  package var scale: Float

  package init(input: Int, output: Int, scale: Float) {
    self.input = input
    self.output = output
    self.scale = scale
  }

  /// How a position between two elements becomes one of them.
  package enum Rounding: Sendable { case preferFloor, preferCeil, floor, ceil }

  /// Where an output element lies among the input's (ONNX, Resize, coordinate_transformation_mode).
  package func position(_ index: Int, _ coordinates: Resize.Coordinates) -> Float {
    let (index, input, output) = (Float(index), Float(input), Float(self.output))
    let halfPixel = (index + 0.5) / scale - 0.5
    switch coordinates {
    case .asymmetric: return index / scale
    case .halfPixel: return halfPixel
    case .tensorFlowHalfPixel: return (index + 0.5) / scale
    case .pytorchHalfPixel: return output > 1 ? halfPixel : 0
    case .alignCorners: return output > 1 ? index * (input - 1) / (output - 1) : 0
    case .halfPixelSymmetric:
      let offset = input / 2 * (1 - output / (scale * input))
      return Float(Double(offset) + (Double(index) + 0.5) / Double(scale) - 0.5)
    }
  }

  /// The input element nearest to an output's position. Positions within 1e-6 of a half are ties.
  package func nearest(
    to index: Int, _ coordinates: Resize.Coordinates, _ rounding: Rounding
  ) -> Int {
    let position = position(index, coordinates)
    let floor = position.rounded(.down)
    let half: Float = 0.5
    let isTie = abs(position - floor - half) < 1e-6
    let nearest: Float =
      switch rounding {
      case .preferFloor: isTie ? floor : (position + half).rounded(.down)
      case .preferCeil: isTie ? floor + 1 : (position + half).rounded(.down)
      case .floor: floor
      case .ceil: position.rounded(.up)
      }
    return min(max(Int(nearest), 0), input - 1)
  }
}

/// Resampling of every axis by weighted neighbours.
package struct Resize: Sendable, Equatable {
  package enum Mode: Sendable, Equatable { case linear, cubic }
  package enum Coordinates: Sendable, Equatable {
    case halfPixel, halfPixelSymmetric, pytorchHalfPixel, tensorFlowHalfPixel, asymmetric
    case alignCorners
  }

  package var mode: Mode
  package var coordinates: Coordinates
  package var axes: [ResizeAxis]

  package var shape: [Int] { axes.map(\.output) }

  package init(mode: Mode, coordinates: Coordinates, axes: [ResizeAxis]) {
    self.mode = mode
    self.coordinates = coordinates
    self.axes = axes
  }

  /// To a shape, by the exact ratios.
  package init(mode: Mode, coordinates: Coordinates, from input: [Int], to shape: [Int]) {
    let axes = zip(input, shape).map {
      ResizeAxis(input: $0, output: $1, scale: Float($1) / Float($0))
    }
    self.init(mode: mode, coordinates: coordinates, axes: axes)
  }
}
