import Foundation
import SwiftletImaging
import SwiftletProgram

/// Frames of random bytes, and what becomes of them by the definitions, in floating point: each kind of sample resampled with
/// Pillow's filter, then the colours.
struct FrameReference {
  let layout: FrameLayout
  var bytes: [UInt8]

  init(_ layout: FrameLayout, seed: UInt64) {
    self.layout = layout
    var state = seed
    bytes = (0..<layout.byteCount).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 56)
    }
  }

  private struct Plane {
    var width, height: Int
    var samples: [Double]
    /// Pixels of the frame that one of them stands for.
    var across = 1.0
    var down = 1.0
  }

  /// The planes of Y, Cb and Cr, or R, G and B, or Y, read as V4L2's documentation describes the format.
  private var planes: [Plane] {
    let (w, h, stride) = (layout.width, layout.height, layout.bytesPerLine)
    let (cw, ch) = ((w + 1) / 2, (h + 1) / 2)
    func plane(_ width: Int, _ height: Int, _ index: (Int, Int) -> Int) -> Plane {
      Plane(
        width: width, height: height,
        samples: (0..<width * height).map { Double(bytes[index($0 % width, $0 / width)]) },
        across: width == w ? 1 : 2, down: height == h ? 1 : 2)
    }
    func packed(_ y: Int, _ u: Int, _ v: Int) -> [Plane] {
      [
        plane(w, h) { $1 * stride + 4 * ($0 / 2) + y + 2 * ($0 % 2) },
        plane(cw, h) { $1 * stride + 4 * $0 + u }, plane(cw, h) { $1 * stride + 4 * $0 + v },
      ]
    }
    let luma = plane(w, h) { $1 * stride + $0 }
    let start = stride * h
    func pairs(_ rows: Int, _ u: Int) -> [Plane] {
      // As wide as the rows of luma, rounded up to whole pairs.
      let pitch = max(stride, 2 * cw)
      return [
        luma, plane(cw, rows) { start + $1 * pitch + 2 * $0 + u },
        plane(cw, rows) { start + $1 * pitch + 2 * $0 + 1 - u },
      ]
    }
    func separate(_ first: Int) -> [Plane] {
      let pitch = max(stride / 2, cw)
      let both = [0, 1].map { index in
        plane(cw, ch) { start + index * pitch * ch + $1 * pitch + $0 }
      }
      return [luma, both[first], both[1 - first]]
    }
    switch layout.format.name {
    case "yuyv": return packed(0, 1, 3)
    case "uyvy": return packed(1, 0, 2)
    case "yvyu": return packed(0, 3, 1)
    case "nv12": return pairs(ch, 0)
    case "nv21": return pairs(ch, 1)
    case "nv16": return pairs(h, 0)
    case "yu12": return separate(0)
    case "yv12": return separate(1)
    case "grey": return [luma]
    case "rgb24": return (0..<3).map { c in plane(w, h) { $1 * stride + 3 * $0 + c } }
    case "bgr24": return (0..<3).map { c in plane(w, h) { $1 * stride + 3 * $0 + 2 - c } }
    default: fatalError("\(layout.format.name)")
    }
  }

  /// R, G and B of one pixel, not rounded.
  private func colours(_ samples: [Double]) -> [Double] {
    let (black, scale) = layout.colour.isFullRange ? (0.0, 1.0) : (16, 255.0 / 219)
    let luma = (samples[0] - black) * scale
    if samples.count == 1 { return [luma, luma, luma] }
    if layout.format.isRGB { return samples.map { ($0 - black) * scale } }
    let chroma = layout.colour.isFullRange ? 1 : 255.0 / 224
    let (cb, cr) = ((samples[1] - 128) * chroma, (samples[2] - 128) * chroma)
    let (kr, kb) =
      switch layout.colour.standard {
      case .bt601: (0.299, 0.114)
      case .bt709: (0.2126, 0.0722)
      case .bt2020: (0.2627, 0.0593)
      }
    let (red, blue) = (luma + 2 * (1 - kr) * cr, luma + 2 * (1 - kb) * cb)
    return [red, (luma - kr * red - kb * blue) / (1 - kr - kb), blue]
  }

  /// The frame as an image: the colour of each pixel is that of the samples next to it.
  var image: PixelImage {
    let planes = self.planes
    var pixels: [UInt8] = []
    for y in 0..<layout.height {
      for x in 0..<layout.width {
        let samples = planes.map { plane in
          plane.samples[
            Int(Double(y) / plane.down) * plane.width + Int(Double(x) / plane.across)]
        }
        pixels += colours(samples).map { UInt8(max(0, min(255, $0.rounded()))) }
      }
    }
    return PixelImage(width: layout.width, height: layout.height, channels: 3, pixels: pixels)
  }

  /// The model's input, before rounding and without the fourth element, as bytes.
  func expected(_ transform: Preprocessing) -> [Double] {
    let (width, height) = Self.size(of: layout, transform.resize)
    let resized = planes.map { plane in
      resample(plane, width: width, height: height, filter: transform.interpolation).map {
        max(0, min(255, $0))
      }
    }
    // Halves to even, as Python rounds, or down.
    func start(_ size: Int, _ crop: Int) -> Int {
      let half = Double(size - crop) / 2
      if transform.crop == .halvesDown { return Int(half.rounded(.down)) }
      return Int(half.rounded(size < crop ? .towardZero : .toNearestOrEven))
    }
    let (left, top) = (start(width, transform.width), start(height, transform.height))
    var result: [Double] = []
    for row in 0..<transform.height {
      for column in 0..<transform.width {
        let (x, y) = (column + left, row + top)
        guard (0..<width).contains(x), (0..<height).contains(y) else {
          let border =
            transform.border.isEmpty
            ? Array(repeating: 0, count: transform.channels) : transform.border
          result += (transform.isBGR ? border.reversed() : border).map { Double($0) }
          continue
        }
        let rgb = colours(resized.map { $0[y * width + x] })
        let grey = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]
        let values = transform.channels == 1 ? [grey] : transform.isBGR ? rgb.reversed() : rgb
        result += values.map { max(0, min(255, $0)) }
      }
    }
    return result
  }

  private static func size(
    of layout: FrameLayout, _ resize: Preprocessing.Resize
  ) -> (width: Int, height: Int) {
    let (width, height) = (Double(layout.width), Double(layout.height))
    func scaled(by factor: Double) -> (width: Int, height: Int) {
      (
        Int((width * factor).rounded(.toNearestOrEven)),
        Int((height * factor).rounded(.toNearestOrEven))
      )
    }
    switch resize {
    case .shorterSide(let side):
      let shorter = min(layout.width, layout.height)
      return (side * layout.width / shorter, side * layout.height / shorter)
    case .exactly(let h, let w): return (w, h)
    case .covering(let h, let w): return scaled(by: max(Double(w) / width, Double(h) / height))
    case .within(let h, let w): return scaled(by: min(Double(w) / width, Double(h) / height))
    }
  }

  private func resample(
    _ plane: Plane, width: Int, height: Int, filter: Preprocessing.Interpolation
  ) -> [Double] {
    let columns = Self.weights(
      from: plane.width, Double(layout.width) / plane.across, to: width, filter)
    let rows = Self.weights(
      from: plane.height, Double(layout.height) / plane.down, to: height, filter)
    var between = [Double](repeating: 0, count: width * plane.height)
    for y in 0..<plane.height {
      for x in 0..<width {
        between[y * width + x] = columns[x].reduce(0) {
          $0 + $1.weight * plane.samples[y * plane.width + $1.index]
        }
      }
    }
    return (0..<width * height).map { place in
      rows[place / width].reduce(0) { $0 + $1.weight * between[$1.index * width + place % width] }
    }
  }

  private static func weights(
    from input: Int, _ extent: Double, to output: Int, _ filter: Preprocessing.Interpolation
  ) -> [[(index: Int, weight: Double)]] {
    let scale = extent / Double(output)
    let stretch = max(1, scale)
    // As Pillow does: step by step.
    var position = scale * 0.5
    return (0..<output).map { place in
      let center = (Double(place) + 0.5) * scale
      if filter == .nearest {
        defer { position += scale }
        return [(min(input - 1, Int(position)), 1)]
      }
      let raw = (0..<input).map { index -> (index: Int, weight: Double) in
        let x = abs(Double(index) + 0.5 - center) / stretch
        switch filter {
        case .bicubic:
          if x < 1 { return (index, (1.5 * x - 2.5) * x * x + 1) }
          return (index, x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0)
        default: return (index, max(0, 1 - x))
        }
      }.filter { $0.weight != 0 }
      let sum = raw.reduce(0) { $0 + $1.weight }
      return raw.map { ($0.index, $0.weight / sum) }
    }
  }
}
