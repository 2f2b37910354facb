import CSwiftletImageKernels
import SwiftletProgram

/// Resizes images as Pillow 13 does and keeps a part of the result, computing only what the part needs. It keeps the weights
/// for images of the last geometry, and its memory.
final class Resampler {
  struct Geometry: Equatable {
    /// The image's.
    var inputWidth, inputHeight, channels: Int
    var filter: Preprocessing.Interpolation
    /// The part of the resized image that is wanted.
    var placement: Preprocessing.Placement

    /// Pillow's rule since version 13; earlier ones never do.
    fileprivate var isVerticalFirst: Bool {
      let lost = inputHeight - placement.height
      return lost > 0 && lost > 2 * (inputWidth - placement.width)
    }
  }

  /// What a kernel may read behind the last pixel.
  private static let slack = 64

  private let kernels: ImageKernels
  private(set) var geometry: Geometry?
  private var horizontal = ResampleCoefficients()
  private var vertical = ResampleCoefficients()
  /// Rows between the two passes.
  private var lines: [UInt8] = []
  /// The last rows of the image, behind which a kernel may read, and how many they are.
  private var lastRows: [UInt8] = []
  private var lastRowCount = 0

  init(kernels: ImageKernels) { self.kernels = kernels }

  /// Makes weights and memory ready for images of one geometry. What lies between the passes is smaller than the image or
  /// the result.
  func prepare(_ geometry: Geometry) {
    self.geometry = geometry
    horizontal = ResampleCoefficients(
      from: geometry.inputWidth, to: geometry.placement.width, filter: geometry.filter,
      outputs: geometry.placement.columns)
    vertical = ResampleCoefficients(
      from: geometry.inputHeight, to: geometry.placement.height, filter: geometry.filter,
      outputs: geometry.placement.rows)
    let channels = geometry.channels
    let rowSize = geometry.inputWidth * channels
    let isVerticalFirst = geometry.isVerticalFirst
    let lineCount = isVerticalFirst ? geometry.placement.rows.count : vertical.inputs.count
    let lineSize =
      channels * (isVerticalFirst ? horizontal.inputs : geometry.placement.columns).count
    let linesRead = isVerticalFirst ? horizontal.taps * channels : vertical.taps * lineSize
    lines = Array(repeating: 0, count: lineCount * lineSize + linesRead + Self.slack)

    if isVerticalFirst {
      lastRowCount = vertical.inputs.count
      lastRows = Array(
        repeating: 0, count: (lastRowCount + vertical.taps) * rowSize + Self.slack)
    } else {
      // The bytes from a row's beginning on that its outputs may read.
      let lastStart = Int(horizontal.starts.max() ?? 0) + horizontal.inputs.lowerBound
      let reach = (lastStart + horizontal.taps) * channels + Self.slack
      let spare = geometry.inputHeight * rowSize - reach
      let safeRows = spare < 0 ? 0 : spare / rowSize + 1
      lastRowCount = min(vertical.inputs.count, max(0, vertical.inputs.upperBound - safeRows))
      lastRows = Array(repeating: 0, count: max(0, lastRowCount - 1) * rowSize + reach)
    }
  }

  /// Writes the part of the image that `prepare` was told, its rows `stride` bytes apart.
  func run(
    _ image: UnsafeBufferPointer<UInt8>, output: UnsafeMutablePointer<UInt8>, stride: Int
  ) {
    guard let geometry, let pixels = image.baseAddress else { return }
    let channels = geometry.channels
    let rowSize = geometry.inputWidth * channels
    let lastStart = (vertical.inputs.upperBound - lastRowCount) * rowSize
    let left = horizontal.inputs.lowerBound * channels
    let functions = kernels.functions.pointee
    lines.withUnsafeMutableBufferPointer { lines in
      lastRows.withUnsafeMutableBufferPointer { lastRows in
        guard let lines = lines.baseAddress, let last = lastRows.baseAddress else { return }
        last.update(from: pixels + lastStart, count: min(lastRowCount * rowSize, lastRows.count))
        if geometry.isVerticalFirst {
          let width = horizontal.inputs.count
          vertical.run(
            functions.resample_vertical, in: last + left, stride: rowSize,
            rows: geometry.placement.rows.count, width: width, channels: channels, out: lines,
            outStride: width * channels)
          horizontal.run(
            functions.resample_horizontal, in: lines, stride: width * channels,
            rows: geometry.placement.rows.count, width: geometry.placement.columns.count,
            channels: channels,
            out: output, outStride: stride)
        } else {
          let width = geometry.placement.columns.count
          let rows = vertical.inputs.count - lastRowCount
          horizontal.run(
            functions.resample_horizontal,
            in: pixels + vertical.inputs.lowerBound * rowSize + left, stride: rowSize, rows: rows,
            width: width, channels: channels, out: lines, outStride: width * channels)
          horizontal.run(
            functions.resample_horizontal, in: last + left, stride: rowSize, rows: lastRowCount,
            width: width, channels: channels, out: lines + rows * width * channels,
            outStride: width * channels)
          vertical.run(
            functions.resample_vertical, in: lines, stride: width * channels,
            rows: geometry.placement.rows.count, width: width, channels: channels, out: output,
            outStride: stride)
        }
      }
    }
  }
}
