package import SwiftletImaging

/// Replays the images of a folder, by the bytes of their paths; each is captured when its turn comes. None is dropped.
package struct FolderSource: FrameSource {
  private let folder: String
  private let files: [String]
  private var position = 0
  private let onSkip: (String) -> Void
  package private(set) var skipped = 0

  /// Lists a folder, at any depth.
  ///
  /// `onSkip` is told what is wrong with each image that cannot be decoded.
  package init(
    folder: String, onSkip: @escaping (String) -> Void = { _ in }
  ) throws(FileTreeError) {
    self.folder = folder
    self.onSkip = onSkip
    files = try FileTree.files(in: folder, extensions: FileTree.imageExtensions)
    guard !files.isEmpty else {
      throw FileTreeError(
        description:
          "\(folder): no image in it; \(FileTree.imageExtensions.sorted().joined(separator: ", ")) are read"
      )
    }
  }

  package mutating func next() -> Frame? {
    while position < files.count {
      let sequence = position
      position += 1
      let capture = monotonicNanoseconds()
      do {
        let image = try PixelImage(contentsOf: "\(folder)/\(files[sequence])")
        return Frame(
          image: image, sequence: sequence, captureNanoseconds: capture,
          decodeStartNanoseconds: capture, decodeEndNanoseconds: monotonicNanoseconds())
      } catch {
        skipped += 1
        onSkip("\(error)")
      }
    }
    return nil
  }
}
