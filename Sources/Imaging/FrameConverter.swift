public import SwiftletProgram

/// Frames of a stream to a model's input in one integer pass: crop, resize, colours, bytes minus 128. Samples are resampled
/// where they lie, colours are computed of the result only.
///
/// Filter and geometry are those of still images; pixels differ from a still image's by the order of the
/// steps, each rounded once. One thread uses it, and for frames of one layout it allocates nothing.
public final class FrameConverter {
  /// What is made of frames.
  public let preprocessing: Preprocessing
  private let kernels: ImageKernels
  private var plan: Plan?
  /// What of the frame's rows makes a row of the result, plane by plane.
  private var row: [Int16] = []
  /// A row of each component.
  private var lines: [Int16] = []

  /// Makes a converter, with the kernels that `SWIFTLET_KERNELS` names or else the best.
  ///
  /// - Throws: if the contract is impossible, or there are no such kernels.
  public convenience init(_ preprocessing: Preprocessing) throws(ImageError) {
    try self.init(preprocessing, kernels: .selected())
  }

  package init(_ preprocessing: Preprocessing, kernels: ImageKernels) throws(ImageError) {
    try preprocessing.validate()
    self.preprocessing = preprocessing
    self.kernels = kernels
  }

  /// Fills a model's input, `[height, width]` of the contract with one element a pixel for grey and four for colour (the
  /// last a byte of 0).
  ///
  /// - Throws: `ImageError` if the frame has too few bytes, or is so long and narrow that the resized one would be too
  ///   large.
  public func convert(
    _ frame: UnsafeRawBufferPointer, _ layout: FrameLayout,
    into input: UnsafeMutableBufferPointer<Int8>
  ) throws(ImageError) {
    precondition(
      !layout.format.isCompressed && input.count == preprocessing.inputCount, "the model's size")
    guard let bytes = frame.bindMemory(to: UInt8.self).baseAddress, frame.count >= layout.byteCount
    else {
      throw ImageError(
        "a frame of \(frame.count) bytes, expected \(layout.byteCount) for \(layout.width) x "
          + "\(layout.height) pixels in \(layout.format.name)")
    }
    if plan?.layout != layout { try prepare(layout) }
    guard let plan, let output = input.baseAddress else { return }
    if plan.hasBorder { fill(input) }
    let functions = kernels.functions.pointee
    row.withUnsafeMutableBufferPointer { row in
      lines.withUnsafeMutableBufferPointer { lines in
        guard let row = row.baseAddress, let lines = lines.baseAddress else { return }
        for y in 0..<plan.rows {
          for plane in plan.planes { plane.run(y, bytes, row: row, functions) }
          for (index, component) in plan.components.enumerated() {
            component.run(row, line: lines + index * plan.columns, functions)
          }
          plan.writeColours(of: lines, into: output + plan.first + y * plan.pitch, functions)
        }
      }
    }
  }

  /// Makes all of the input border.
  private func fill(_ input: UnsafeMutableBufferPointer<Int8>) {
    input.update(repeating: -128)
    let (border, step) = (preprocessing.border, preprocessing.pixelElements)
    for (index, byte) in border.enumerated() {
      let place = preprocessing.isBGR ? border.count - 1 - index : index
      for pixel in 0..<input.count / step {
        input[pixel * step + place] = Int8(bitPattern: byte ^ 0x80)
      }
    }
  }

  private func prepare(_ layout: FrameLayout) throws(ImageError) {
    let plan = try Plan(layout, preprocessing)
    row = Array(repeating: 0, count: plan.rowCount)
    lines = Array(repeating: 0, count: plan.columns * max(1, plan.components.count))
    self.plan = plan
  }
}
