import SwiftletGraph
import SwiftletImaging
import SwiftletProgram

/// A file that can be calibrated on, and what was seen when it was first read.
struct CalibrationSample: Sendable {
  let path: String
  let sha256: String
  /// Whether every channel has one value everywhere.
  let isBlank: Bool
  /// The largest magnitude in a tensor; nil of an image, whose values all lie in one range.
  let magnitude: Float?
}

/// Makes files into a model's input. They are read again each time: memory does not grow with their number.
struct CalibrationReader: Sendable {
  /// Of the model's input.
  let shape: [Int]
  /// nil where images cannot be used.
  let preprocessing: Preprocessing?
  let images: ImageReader

  /// Reads a file for the first time.
  func sample(_ path: String) throws -> CalibrationSample {
    guard FileAccess.isRegular(path) else {
      throw FileError("\(path): no regular file; an image or a .npy tensor is expected")
    }
    let bytes = try FileAccess.read(path)
    let floats = try tensor(bytes, path).floats ?? []
    let plane = shape.count > 2 ? shape[2...].reduce(1, *) : floats.count
    return CalibrationSample(
      path: path, sha256: SHA256.hexDigest(of: bytes),
      isBlank: floats.indices.allSatisfy { floats[$0] == floats[$0 / plane * plane] },
      magnitude: isTensor(path) ? floats.reduce(0) { max($0, $1.magnitude) } : nil)
  }

  /// The inputs that samples are.
  func set(of samples: [CalibrationSample]) -> CalibrationSet {
    CalibrationSet(count: samples.count) { index in
      let sample = samples[index]
      let bytes = try FileAccess.read(sample.path)
      guard SHA256.hexDigest(of: bytes) == sample.sha256 else {
        throw FileError("\(sample.path): changed while it was in use; convert again")
      }
      return try tensor(bytes, sample.path)
    }
  }

  private func isTensor(_ path: String) -> Bool { FileAccess.fileExtension(of: path) == "npy" }

  private func tensor(_ bytes: [UInt8], _ path: String) throws -> Tensor {
    if let preprocessing, !isTensor(path) {
      do {
        let image = try images.image(decoding: bytes, path)
        return Tensor(shape: shape, try PreparedTransform(preprocessing).floats(of: image))
      } catch {
        throw FileError("\(path): \(error)")
      }
    }
    let values = try Npy(bytes, source: path).values(fitting: shape, source: path)
    guard values.allSatisfy(\.isFinite) else {
      throw FileError("\(path): holds values that are infinite or not a number")
    }
    return Tensor(shape: shape, values)
  }
}
