/// The filter of a resize, by Pillow's names.
public enum ResizeFilter: String, Sendable, CaseIterable {
  /// The pixel next to the sample position.
  case nearest
  /// Box filter: the mean of the pixels that an output covers.
  case box
  /// Triangle filter.
  case bilinear
  /// Cubic filter, a = -0.5.
  case bicubic
  /// Lanczos filter of three lobes.
  case lanczos
}

extension PixelImage {
  /// The image resized as Pillow's `resize` does it, bit for bit: rows, then columns, each rounded to 8 bits.
  public func resized(width: Int, height: Int, filter: ResizeFilter) -> PixelImage {
    precondition(width > 0 && height > 0, "at least one pixel")
    if width == self.width, height == self.height { return self }
    if filter == .nearest { return resizedToNearest(width: width, height: height) }
    var result = self
    if width != self.width {
      result = result.resampledHorizontally(
        ResampleCoefficients(from: self.width, to: width, filter: filter))
    }
    if height != self.height {
      result = result.resampledVertically(
        ResampleCoefficients(from: self.height, to: height, filter: filter))
    }
    return result
  }

  private func resizedToNearest(width: Int, height: Int) -> PixelImage {
    let columns = ResampleCoefficients.nearest(from: self.width, to: width)
    let rows = ResampleCoefficients.nearest(from: self.height, to: height)
    var result: [UInt8] = []
    result.reserveCapacity(width * height * channels)
    for y in rows {
      for x in columns {
        let start = (y * self.width + x) * channels
        result += pixels[start..<start + channels]
      }
    }
    return PixelImage(width: width, height: height, channels: channels, pixels: result)
  }

  private func resampledHorizontally(_ coefficients: ResampleCoefficients) -> PixelImage {
    let width = coefficients.starts.count
    let count = width * height * channels
    let result = [UInt8](unsafeUninitializedCapacity: count) { output, initialized in
      pixels.withUnsafeBufferPointer { input in
        coefficients.weights.withUnsafeBufferPointer { weights in
          var at = 0
          for y in 0..<height {
            for x in 0..<width {
              let first = (y * self.width + coefficients.starts[x]) * channels
              for channel in 0..<channels {
                var sum = Self.half
                for tap in 0..<coefficients.counts[x] {
                  let pixel = Int32(input[first + tap * channels + channel])
                  sum &+= pixel &* weights[x * coefficients.stride + tap]
                }
                output[at] = Self.clipped(sum)
                at += 1
              }
            }
          }
        }
      }
      initialized = count
    }
    return PixelImage(width: width, height: height, channels: channels, pixels: result)
  }

  private func resampledVertically(_ coefficients: ResampleCoefficients) -> PixelImage {
    let height = coefficients.starts.count
    let row = width * channels
    var sums = [Int32](repeating: 0, count: row)
    let result = [UInt8](unsafeUninitializedCapacity: row * height) { output, initialized in
      pixels.withUnsafeBufferPointer { input in
        sums.withUnsafeMutableBufferPointer { sums in
          for y in 0..<height {
            sums.update(repeating: Self.half)
            for tap in 0..<coefficients.counts[y] {
              let weight = coefficients.weights[y * coefficients.stride + tap]
              let first = (coefficients.starts[y] + tap) * row
              for x in 0..<row { sums[x] &+= Int32(input[first + x]) &* weight }
            }
            for x in 0..<row { output[y * row + x] = Self.clipped(sums[x]) }
          }
        }
      }
      initialized = row * height
    }
    return PixelImage(width: width, height: height, channels: channels, pixels: result)
  }

  private static let half = Int32(1) << (ResampleCoefficients.fractionBits - 1)

  private static func clipped(_ sum: Int32) -> UInt8 {
    UInt8(max(0, min(255, sum >> ResampleCoefficients.fractionBits)))
  }
}
