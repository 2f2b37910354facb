extension FrameConverter {
  /// All that can be known before a frame of a layout comes.
  struct Plan {
    let layout: FrameLayout
    /// Rows and pixels of a row that come from the frame.
    let rows, columns: Int
    /// Whether there is a border round them.
    let hasBorder: Bool
    /// The model's element where they start, and elements between its rows.
    let first, pitch: Int
    private(set) var planes: [PlanePass] = []
    private(set) var components: [ComponentPass] = []
    /// Elements of the row that the planes write, and of what may be read behind a component.
    private(set) var rowCount = 0
    private let channels: Int
    /// A row of weights a channel, one for each of `components`, and what is added.
    private let weights, offsets: [Int32]

    init(_ layout: FrameLayout, _ transform: ImageTransform, isBGR: Bool) throws(ImageError) {
      self.layout = layout
      let (geometry, top, left) = try transform.geometry(
        width: layout.width, height: layout.height, channels: 1)
      (rows, columns) = (geometry.rows.count, geometry.columns.count)
      hasBorder = rows < transform.height || columns < transform.width
      channels = transform.channels
      let elements = channels == 1 ? 1 : 4
      pitch = transform.width * elements
      first = top * pitch + left * elements

      let matrix = ColourMatrix(layout.format, layout.colour, channels: channels, isBGR: isBGR)
      let count = transform.channels
      let used = layout.format.components.indices.filter { component in
        (0..<count).contains { matrix.weights[3 * $0 + component] != 0 }
      }
      weights = (0..<count).flatMap { channel in used.map { matrix.weights[3 * channel + $0] } }
      offsets = matrix.offsets

      var passes: [Int: ComponentPass] = [:]
      for (index, plane) in layout.format.planes.enumerated() {
        let indices = used.filter { layout.format.components[$0].plane == index }
        guard !indices.isEmpty else { continue }
        let own = indices.map { layout.format.components[$0] }
        let horizontal = own.map { component in
          Weights(
            from: FrameLayout.count(layout.width, component.shiftX), to: geometry.width,
            filter: transform.filter, outputs: geometry.columns, multiple: ComponentPass.group)
        }
        // The bytes of the samples that are needed.
        let ends = zip(own, horizontal).map { component, weights in
          (
            first: component.offset + component.step * weights.needed.lowerBound,
            last: component.offset + component.step * (weights.needed.upperBound - 1)
          )
        }
        let bytes = (ends.map(\.first).min() ?? 0)...(ends.map(\.last).max() ?? 0)
        var parts: [PlanePass.Part] = []
        for (place, component) in own.enumerated() {
          let weights = horizontal[place]
          parts.append(
            PlanePass.Part(
              first: ends[place].first - bytes.lowerBound, step: component.step,
              count: weights.needed.count, place: rowCount))
          passes[indices[place]] = ComponentPass(weights: weights, place: rowCount)
          rowCount += weights.needed.count + ComponentPass.group
        }
        let place = layout.places[index]
        planes.append(
          PlanePass(
            weights: Weights(
              from: FrameLayout.count(layout.height, plane.shiftY), to: geometry.height,
              filter: transform.filter, outputs: geometry.rows),
            start: place.start + bytes.lowerBound, stride: place.stride, count: bytes.count,
            parts: parts))
      }
      components = used.compactMap { passes[$0] }
    }

    /// A row of components to a row of the model's input.
    func writeColours(of lines: UnsafePointer<Int32>, into output: UnsafeMutablePointer<Int8>) {
      weights.withUnsafeBufferPointer { weights in
        offsets.withUnsafeBufferPointer { offsets in
          switch (channels, components.count) {
          case (1, _):
            for x in 0..<columns {
              var sum = offsets[0]
              for c in 0..<components.count { sum &+= lines[c * columns + x] &* weights[c] }
              output[x] = Self.element(sum)
            }
          case (_, 1):
            for x in 0..<columns {
              let value = Self.element(offsets[0] &+ lines[x] &* weights[0])
              for k in 0..<3 { output[4 * x + k] = value }
              output[4 * x + 3] = -128
            }
          default:
            for x in 0..<columns {
              let (a, b, c) = (lines[x], lines[columns + x], lines[2 * columns + x])
              for k in 0..<3 {
                let sum =
                  a &* weights[3 * k] &+ b &* weights[3 * k + 1] &+ c &* weights[3 * k + 2]
                output[4 * x + k] = Self.element(sum &+ offsets[k])
              }
              output[4 * x + 3] = -128
            }
          }
        }
      }
    }

    @inline(__always)
    private static func element(_ sum: Int32) -> Int8 {
      Int8(truncatingIfNeeded: max(0, min(255, sum >> Int32(ColourMatrix.shift))) - 128)
    }
  }
}
