package import SwiftletGraph
import SwiftletImaging
package import SwiftletMeasuring
package import SwiftletProgram

/// What a model is calibrated on: a folder of images or of `.npy` tensors at any depth, or a file that lists them.
package struct CalibrationInputs: Sendable {
  /// The inputs that ranges are found on, made into tensors when they are asked for.
  package let set: CalibrationSet
  /// The inputs that the conversion is measured on.
  package let measured: CalibrationSet
  /// Whether `measured` are other inputs than `set`; not where there are too few of them.
  package let isHeldOut: Bool
  /// Of the files that are used.
  package let paths: [String]
  package let skipped: Int
  /// What the inputs say nothing about, or too much.
  package let warnings: [String]
  /// Of the used files' SHA-256s, in hexadecimal, one a line.
  package let sha256: String

  /// So many inputs are enough to measure what quantization costs, and one in five where there are few.
  private static let measuredInputs = 32
  private static let heldOutShare = 5

  /// Reads `limit` of the files, evenly spaced, and some more to measure on. Those that cannot be used are skipped; `note`
  /// is told which.
  package init(
    path: String, limit: Int, model: FloatModel, preprocessing: Preprocessing?,
    turnsUpright: Bool, threads: Int, note: (String) -> Void, progress show: ShowProgress
  ) throws {
    let (files, leftOut) = try Self.files(path, note: note)
    let tensors = files.count { FileAccess.fileExtension(of: $0) == "npy" }
    guard tensors == 0 || tensors == files.count else {
      throw FileError("\(path): both images and .npy tensors; keep them apart")
    }
    guard tensors > 0 || preprocessing != nil else {
      throw FileError(
        "\(model.path): nothing says how images are made ready for this model; give --preprocess FILE, or calibrate on .npy tensors"
      )
    }
    let reader = CalibrationReader(
      shape: model.inputShape, preprocessing: preprocessing,
      images: ImageReader(turnsUpright: turnsUpright))
    let chosen = ImageChoice.evenlySpaced(files, limit: limit + Self.measuredInputs)
    let progress = show("Reading", chosen.count)
    let results = try Parallel.map(count: chosen.count, threads: threads) {
    } work: { _, index -> Result<CalibrationSample, FileError> in
      defer { progress.advance() }
      do { return .success(try reader.sample(chosen[index])) } catch {
        return .failure(FileError("\(error)"))
      }
    }
    progress.finish()
    reader.images.note.map(note)

    var samples: [CalibrationSample] = []
    for result in results {
      switch result {
      case .success(let sample): samples.append(sample)
      case .failure(let problem): note("skipped: \(problem)")
      }
    }
    guard !samples.isEmpty else {
      throw FileError("\(path): none of its \(results.count) files can be used to calibrate")
    }
    paths = samples.map(\.path)
    skipped = results.count - samples.count + leftOut
    let spare = max(
      samples.count - limit, min(Self.measuredInputs, samples.count / Self.heldOutShare))
    // One alone tells nothing apart.
    let heldOut =
      spare > 1 ? ImageChoice.evenlySpaced(Array(samples.indices), limit: spare) : []
    let forRanges = Set(samples.indices).subtracting(heldOut).sorted()
    isHeldOut = !heldOut.isEmpty
    set = reader.set(of: forRanges.map { samples[$0] })
    measured = isHeldOut ? reader.set(of: heldOut.map { samples[$0] }) : set
    warnings = CalibrationAdvice.warnings(of: samples, in: path)
    let list = forRanges.map { samples[$0].sha256 + "\n" }.joined()
    sha256 = SHA256.hexDigest(of: Array(list.utf8))
  }

  /// Some of the inputs that ranges are found on, evenly spaced.
  package func tensors(limit: Int) throws -> [Tensor] {
    try ImageChoice.evenlySpaced(Array(0..<set.count), limit: limit).map(set.tensor)
  }

  /// The paths, by the bytes of what the folder or list calls them, and how many were left out.
  private static func files(
    _ path: String, note: (String) -> Void
  ) throws -> (paths: [String], leftOut: Int) {
    if FileAccess.isFolder(path) {
      let listing = try ImageChoice.listing(
        path, extensions: FileTree.imageExtensions.union(["npy"]), note: note)
      return (listing.files.map { "\(path)/\($0)" }, listing.leftOutCount)
    }
    let lines = try FileAccess.readText(path).split(whereSeparator: \.isNewline).map(String.init)
    guard !lines.isEmpty else {
      throw FileError("\(path): no file in this list; one path a line is expected")
    }
    let folder = FileAccess.folder(of: path)
    let sorted = lines.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    return (sorted.map { $0.hasPrefix("/") ? $0 : "\(folder)/\($0)" }, 0)
  }
}
