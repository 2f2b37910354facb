import SwiftletConverter
import SwiftletGraph
import SwiftletImaging
import SwiftletProgram

/// What a model is calibrated on: a folder of images or of `.npy` tensors at any depth, or a file that lists them.
struct CalibrationInputs: Sendable {
  /// The inputs, made into tensors when they are asked for.
  let set: CalibrationSet
  let skipped: Int
  /// Of the used files' SHA-256s, in hexadecimal, one a line.
  let sha256: String

  private enum Content: Sendable {
    case image(PixelImage)
    case tensor(Tensor)
  }

  private struct Sample: Sendable {
    let content: Content
    let sha256: String
  }

  /// Reads `limit` of the files, evenly spaced. Those that cannot be used are skipped, with a word to the user.
  init(
    path: String, limit: Int, model: FloatModel, preprocessing: Preprocessing?, threads: Int,
    showsProgress: Bool
  ) throws {
    let files = try Self.files(path)
    let tensors = files.count { FileTree.fileExtension(of: $0) == "npy" }
    guard tensors == 0 || tensors == files.count else {
      throw CommandError("\(path): both images and .npy tensors; keep them apart")
    }
    guard tensors > 0 || preprocessing != nil else {
      throw CommandError(
        "\(model.path): nothing says how images are made ready for this model; give --preprocess FILE, or calibrate on .npy tensors"
      )
    }
    let preparation = preprocessing.map { ImagePreparation($0) }
    let shape = model.inputShape
    let chosen = ImageChoice.evenlySpaced(files, limit: limit)
    let progress = ProgressBar("Reading", total: chosen.count, isShown: showsProgress)
    let results = try Parallel.map(count: chosen.count, threads: threads) {
    } work: { _, index -> Result<Sample, CommandError> in
      defer { progress.advance() }
      do {
        let bytes = try FileAccess.read(chosen[index])
        let content: Content
        if let preparation, tensors == 0 {
          content = .image(try Self.decode(bytes, chosen[index], preparation))
        } else {
          let values = try Npy(bytes, source: chosen[index])
            .values(fitting: shape, source: chosen[index])
          guard values.allSatisfy(\.isFinite) else {
            throw CommandError("\(chosen[index]): holds values that are infinite or not a number")
          }
          content = .tensor(Tensor(shape: shape, values))
        }
        return .success(Sample(content: content, sha256: SHA256.hexDigest(of: bytes)))
      } catch {
        return .failure(CommandError("\(error)"))
      }
    }
    progress.finish()

    var samples: [Sample] = []
    for result in results {
      switch result {
      case .success(let sample): samples.append(sample)
      case .failure(let problem): Console.report("skipped: \(problem)")
      }
    }
    guard !samples.isEmpty else {
      throw CommandError("\(path): none of its \(results.count) files can be used to calibrate")
    }
    skipped = results.count - samples.count
    let list = samples.map { $0.sha256 + "\n" }.joined()
    sha256 = SHA256.hexDigest(of: Array(list.utf8))
    let used = samples
    set = CalibrationSet(count: used.count) { index in
      switch used[index].content {
      case .tensor(let tensor): tensor
      case .image(let image):
        Tensor(shape: shape, preparation.map { $0.floats(of: image) } ?? [])
      }
    }
  }

  /// Some of the inputs, evenly spaced.
  func tensors(limit: Int) throws -> [Tensor] {
    try ImageChoice.evenlySpaced(Array(0..<set.count), limit: limit).map(set.tensor)
  }

  private static func decode(
    _ bytes: [UInt8], _ path: String, _ preparation: ImagePreparation
  ) throws -> PixelImage {
    do {
      return try preparation.pixels(of: PixelImage(decoding: bytes))
    } catch {
      throw CommandError("\(path): \(error)")
    }
  }

  /// The paths, by the bytes of what the folder or list calls them.
  private static func files(_ path: String) throws -> [String] {
    if FileTree.isFolder(path) {
      let extensions = FileTree.imageExtensions.union(["npy"])
      let files = try FileTree.files(in: path, extensions: extensions)
      guard !files.isEmpty else {
        throw CommandError(
          "\(path): no image in it; \(ImageChoice.extensions) are read, and .npy tensors")
      }
      return files.map { "\(path)/\($0)" }
    }
    let lines = try FileAccess.readText(path).split(whereSeparator: \.isNewline).map(String.init)
    guard !lines.isEmpty else {
      throw CommandError("\(path): no file in this list; one path a line is expected")
    }
    let folder = FileAccess.folder(of: path)
    return lines.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      .map { $0.hasPrefix("/") ? $0 : "\(folder)/\($0)" }
  }
}
