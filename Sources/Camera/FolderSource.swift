public import SwiftletImaging
import SwiftletKernels

/// Replays the images of a folder, by the bytes of their paths, as `classify` sees them; each is captured when its turn
/// comes. None is dropped.
public final class FolderSource: FrameSource {
  private let folder: String
  private let listing: FileListing
  private let turnsUpright: Bool
  private var hasNotedOrientation = false
  private var position = 0
  private let stop: StopRequest
  private let onNote: Note
  /// What became of its images so far; those that are not read count as skipped from the start.
  public private(set) var counts = FrameCounts()

  /// Lists a folder, at any depth.
  ///
  /// - Parameters:
  ///   - folder: its path.
  ///   - turnsUpright: whether images are turned as their EXIF data says.
  ///   - stop: what ends the stream.
  ///   - onNote: is told what is wrong with each image that cannot be used.
  /// - Throws: `CaptureError` if the folder cannot be read or holds no image.
  public init(
    folder: String, turnsUpright: Bool = false, stop: StopRequest,
    onNote: @escaping Note = { _ in }
  ) throws(CaptureError) {
    self.turnsUpright = turnsUpright
    (self.folder, self.stop, self.onNote) = (folder, stop, onNote)
    do { listing = try FileTree.files(in: folder, extensions: FileTree.imageExtensions) } catch {
      throw CaptureError(description: error.description)
    }
    guard !listing.files.isEmpty else {
      throw CaptureError(
        description:
          "\(folder): no image in it; \(FileTree.imageExtensions.sorted().joined(separator: ", ")) are read"
      )
    }
    for note in listing.notes(folder: folder) { onNote(note) }
    counts.skipped = listing.leftOutCount
  }

  /// What it is.
  public var information: SourceInformation {
    SourceInformation(kind: .folder, name: folder, clock: .arrival)
  }

  /// Shows the next image that can be used.
  public func next(_ use: (Frame) throws(ImageError) -> Void) -> Bool {
    while position < listing.files.count, !stop.isRequested {
      let path = "\(folder)/\(listing.files[position])"
      let sequence = position
      position += 1
      let start = monotonicNanoseconds()
      do {
        let image = try read(path)
        let frame = Frame(
          .still(image), sequence: sequence, captureNanoseconds: start,
          decodedNanoseconds: monotonicNanoseconds())
        do throws(ImageError) { try use(frame) } catch { throw ImageError("\(path): \(error)") }
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
