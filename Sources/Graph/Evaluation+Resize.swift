extension Evaluation {
  /// Resampling is separable: one axis after the other.
  func resampled(_ resize: Resize) -> [Float] {
    var (values, shape) = (floats(0), shape(0))
    for axis in shape.indices where shape[axis] != resize.shape[axis] {
      let taps = resize.taps(from: shape[axis], to: resize.shape[axis])
      let (outer, count, inner) = Shapes.split(shape, at: axis)
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
      shape[axis] = taps.count
    }
    return values
  }
}

extension Resize {
  /// For every output along an axis, which inputs it sums with which weights. Beyond the edge the
  /// edge repeats.
  ///
  /// `nearest` rounds down for asymmetric coordinates (PyTorch's) and halves towards the lower
  /// neighbour otherwise (ONNX's default); `cubic` has a coefficient of -0.75.
  fileprivate func taps(from size: Int, to count: Int) -> [[(place: Int, weight: Float)]] {
    (0..<count).map { index in
      let x = position(index, size: size, count: count)
      let floor = x.rounded(.down)
      let fraction = Float(x - floor)
      func tap(_ offset: Int, _ weight: Float) -> (place: Int, weight: Float) {
        (min(max(Int(floor) + offset, 0), size - 1), weight)
      }
      switch mode {
      case .nearest:
        let nearest = coordinates == .asymmetric ? floor : (x - 0.5).rounded(.up)
        return [(min(max(Int(nearest), 0), size - 1), 1)]
      case .linear:
        return [tap(0, 1 - fraction), tap(1, fraction)]
      case .cubic:
        return (-1...2).map { tap($0, Self.cubic(abs(fraction - Float($0)))) }
      }
    }
  }

  private func position(_ index: Int, size: Int, count: Int) -> Double {
    let (i, ratio) = (Double(index), Double(size) / Double(count))
    switch coordinates {
    case .halfPixel: return (i + 0.5) * ratio - 0.5
    case .pytorchHalfPixel: return count > 1 ? (i + 0.5) * ratio - 0.5 : 0
    case .asymmetric: return i * ratio
    case .alignCorners: return count > 1 ? i * Double(size - 1) / Double(count - 1) : 0
    }
  }

  /// Keys' kernel with a = -0.75.
  private static func cubic(_ distance: Float) -> Float {
    let (a, t): (Float, Float) = (-0.75, distance)
    return t <= 1
      ? ((a + 2) * t - (a + 3)) * t * t + 1 : (((t - 5) * t + 8) * t - 4) * a
  }
}
