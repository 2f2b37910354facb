import SwiftletImaging
package import SwiftletProgram

/// Replays the images of a folder, by the bytes of their paths, as `classify` sees them; each is captured when its turn
/// comes. None is dropped.
package final class FolderSource: FrameSource {
  private let folder: String
  private let listing: FileListing
  private let transform: PreparedTransform
  private let turnsUpright: Bool
  private var hasNotedOrientation = false
  private var position = 0
  private let stop: StopRequest
  private let onNote: Note
  package private(set) var counts = FrameCounts()

  /// Lists a folder, at any depth. `turnsUpright` turns images as their EXIF data says. `onNote` is told what is wrong with
  /// each image that cannot be used.
  package init(
    folder: String, target: Preprocessing, turnsUpright: Bool = false, stop: StopRequest,
    onNote: @escaping Note = { _ in }
  ) throws {
    self.turnsUpright = turnsUpright
    (self.folder, self.stop, self.onNote) = (folder, stop, onNote)
    transform = try PreparedTransform(target)
    listing = try FileTree.files(in: folder, extensions: FileTree.imageExtensions)
    guard !listing.files.isEmpty else {
      throw FileTreeError(
        description:
          "\(folder): no image in it; \(FileTree.imageExtensions.sorted().joined(separator: ", ")) are read"
      )
    }
    for note in listing.notes(folder: folder) { onNote(note) }
    counts.skipped = listing.leftOutCount
  }

  package var information: SourceInformation {
    SourceInformation(kind: .folder, name: folder, clock: .arrival)
  }

  package func next(into frame: PreparedFrame) -> Bool {
    while position < listing.files.count, !stop.isRequested {
      let path = "\(folder)/\(listing.files[position])"
      frame.sequence = position
      position += 1
      frame.captureNanoseconds = monotonicNanoseconds()
      frame.decodeStartNanoseconds = frame.captureNanoseconds
      do {
        let image = try read(path)
        frame.decodeEndNanoseconds = monotonicNanoseconds()
        do {
          try transform.write(image, to: frame.input)
        } catch {
          throw ImageError("\(path): \(error)")
        }
        frame.prepareEndNanoseconds = monotonicNanoseconds()
        return true
      } catch {
        counts.skipped += 1
        onNote("skipped: \(error)")
      }
    }
    return false
  }

  private func read(_ path: String) throws -> PixelImage {
    let (image, orientation) = try PixelImage.read(path)
    guard orientation != 1 else { return image }
    if turnsUpright { return image.turnedUpright(from: orientation) }
    if !hasNotedOrientation {
      onNote(
        "note: \(path): its EXIF orientation (\(orientation)) is ignored; --upright turns images")
    }
    hasNotedOrientation = true
    return image
  }
}
