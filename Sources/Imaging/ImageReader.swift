import Synchronization

/// Reads image files, and deals with those whose EXIF data asks for them to be turned.
package final class ImageReader: Sendable {
  private struct Ignored {
    var count = 0
    var first = ""
  }

  private let turnsUpright: Bool
  private let ignored = Mutex(Ignored())

  /// `turnsUpright` is the user's `--upright`.
  package init(turnsUpright: Bool) { self.turnsUpright = turnsUpright }

  /// The image in a file.
  package func image(at path: String) throws -> PixelImage {
    let (image, orientation) = try PixelImage.read(path)
    return upright(image, orientation, path)
  }

  /// The image in the bytes of a file.
  package func image(decoding bytes: [UInt8], _ path: String) throws -> PixelImage {
    upright(try PixelImage(decoding: bytes), Orientation.stated(inFile: bytes), path)
  }

  private func upright(_ image: PixelImage, _ orientation: Int, _ path: String) -> PixelImage {
    guard orientation != 1 else { return image }
    if turnsUpright { return image.turnedUpright(from: orientation) }
    ignored.withLock { ignored in
      ignored.count += 1
      if ignored.first.isEmpty { ignored.first = "\(path), orientation \(orientation)" }
    }
    return image
  }

  /// How many images were taken as they are stored though they ask to be turned; nil of none.
  package var note: String? {
    let ignored = ignored.withLock { $0 }
    guard ignored.count > 0 else { return nil }
    return
      "note: images whose EXIF orientation is ignored: \(ignored.count) (\(ignored.first)); --upright turns them"
  }
}
