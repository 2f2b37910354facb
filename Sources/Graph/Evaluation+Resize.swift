extension Evaluation {
  /// Resampling is separable: one axis after the other.
  func resampled(_ resize: Resize) -> [Float] {
    var (values, shape) = (floats(0), shape(0))
    for (index, axis) in resize.axes.enumerated() where axis.isResampled {
      let taps = resize.taps(along: axis)
      let (outer, count, inner) = Shapes.split(shape, at: index)
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
}

extension ResizeAxis {
  fileprivate var isResampled: Bool { input != output || scale != 1 }
}

extension Resize {
  /// For every output along an axis, which inputs it sums with which weights. Beyond the edge the edge repeats; `cubic` has
  /// a coefficient of -0.75.
  fileprivate func taps(along axis: ResizeAxis) -> [[(place: Int, weight: Float)]] {
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
