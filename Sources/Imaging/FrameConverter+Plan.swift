import CSwiftletImageKernels
import SwiftletProgram

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
    /// Elements of the row that the planes write, and of what may be read behind each.
    private(set) var rowCount = 0
    private let channels: Int
    /// A row of weights a channel, one for each of `components`, and what is added.
    private let weights, offsets: [Int32]

    init(_ layout: FrameLayout, _ preprocessing: Preprocessing) throws(ImageError) {
      self.layout = layout
      let placement = try preprocessing.checkedPlacement(
        ofWidth: layout.width, height: layout.height)
      (rows, columns) = (placement.rows.count, placement.columns.count)
      hasBorder = rows < preprocessing.height || columns < preprocessing.width
      let channels = preprocessing.channels
      self.channels = channels
      pitch = preprocessing.width * preprocessing.pixelElements
      first = placement.top * pitch + placement.left * preprocessing.pixelElements

      let matrix = ColourMatrix(
        layout.format, layout.colour, channels: channels, isBGR: preprocessing.isBGR)
      let used = layout.format.components.indices.filter { component in
        (0..<channels).contains { matrix.weights[3 * $0 + component] != 0 }
      }
      weights = (0..<channels).flatMap { channel in used.map { matrix.weights[3 * channel + $0] } }
      offsets = matrix.offsets

      var passes: [Int: ComponentPass] = [:]
      for (index, plane) in layout.format.planes.enumerated() {
        let indices = used.filter { layout.format.components[$0].plane == index }
        guard !indices.isEmpty else { continue }
        let own = indices.map { component in
          let component = layout.format.components[component]
          let weights = Weights(
            from: layout.columns(component.shiftX), to: placement.width,
            filter: preprocessing.interpolation, outputs: placement.columns)
          let needed = weights.needed
          return (
            step: component.step, weights: weights,
            first: component.offset + component.step * needed.lowerBound,
            last: component.offset + component.step * (needed.upperBound - 1)
          )
        }
        // The bytes of the samples that are needed.
        let bytes = (own.map(\.first).min() ?? 0)...(own.map(\.last).max() ?? 0)
        for (place, component) in zip(indices, own) {
          passes[place] = ComponentPass(
            component.weights, first: rowCount + component.first - bytes.lowerBound,
            step: component.step)
        }
        let place = layout.places[index]
        planes.append(
          PlanePass(
            weights: Weights(
              from: layout.rows(plane.shiftY), to: placement.height,
              filter: preprocessing.interpolation, outputs: placement.rows),
            start: place.start + bytes.lowerBound, stride: place.stride, count: bytes.count,
            place: rowCount))
        rowCount += bytes.count + ComponentPass.slack
      }
      components = used.compactMap { passes[$0] }
    }

    /// A row of components to a row of the model's input.
    func writeColours(
      of lines: UnsafePointer<Int16>, into output: UnsafeMutablePointer<Int8>,
      _ kernels: swl_image_kernels
    ) {
      weights.withUnsafeBufferPointer { weights in
        offsets.withUnsafeBufferPointer { offsets in
          var call = swl_frame_colours(
            in: lines, in_stride: columns, weights: weights.baseAddress,
            offsets: offsets.baseAddress, components: Int32(components.count),
            channels: Int32(channels), count: Int32(columns), out: output)
          kernels.frame_colours(&call)
        }
      }
    }
  }
}
