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

extension Resize: FloatOperator {
  var attributes: [String] { ["\(shape)", "\(mode)", "\(coordinates)"] }

  func outputShape(_ operands: Operands) throws(GraphError) -> [Int] {
    let x = try operands[0].shape
    try operands.expect(
      axes.map(\.input) == x && zip(shape, x).allSatisfy { $0 > 0 && $1 > 0 },
      "axes of the operand's shape, none of them empty")
    return shape
  }

  /// Resampling is separable: one axis after the other.
  func values(_ run: Evaluation) -> [Float] {
    var (values, shape) = (run.floats(0), run.shape(0))
    for (index, axis) in axes.enumerated() where axis.input != axis.output || axis.scale != 1 {
      let taps = taps(along: axis)
      let (outer, count, inner) = Shapes.split(shape, at: index...index)
      var next = [Float](repeating: 0, count: outer * taps.count * inner)
      for row in 0..<outer {
        for (index, tap) in taps.enumerated() {
          let target = (row * taps.count + index) * inner
          for (place, weight) in tap {
            let source = (row * count + place) * inner
            for column in 0..<inner {
              next[target + column].addProduct(weight, values[source + column])
            }
          }
        }
      }
      values = next
      shape[index] = taps.count
    }
    return values
  }

  /// For every output along an axis, which inputs it sums with which weights. Beyond the edge the edge repeats; `cubic` has
  /// a coefficient of -0.75.
  private func taps(along axis: ResizeAxis) -> [[(place: Int, weight: Float)]] {
    (0..<axis.output).map { index in
      let x = axis.position(index, coordinates)
      let floor = x.rounded(.down)
      let fraction = x - floor
      func tap(_ offset: Int, _ weight: Float) -> (place: Int, weight: Float) {
        (min(max(Int(floor) + offset, 0), axis.input - 1), weight)
      }
      switch mode {
      case .linear: return [tap(0, 1 - fraction), tap(1, fraction)]
      case .cubic:
        return (-1...2).map { tap($0, Self.cubic(abs(fraction - Float($0)))) }
      }
    }
  }

  /// Keys' kernel with a = -0.75.
  private static func cubic(_ distance: Float) -> Float {
    let (a, t): (Float, Float) = (-0.75, distance)
    return t <= 1
      ? ((a + 2) * t - (a + 3)) * t * t + 1 : (((t - 5) * t + 8) * t - 4) * a
  }
}
