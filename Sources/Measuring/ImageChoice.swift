package import SwiftletImaging
import SwiftletProgram

/// Which of many images are used.
package enum ImageChoice {
  /// `limit` of the elements, evenly spaced; all where there are no more.
  package static func evenlySpaced<T>(_ elements: [T], limit: Int?) -> [T] {
    guard let limit, limit < elements.count else { return elements }
    return (0..<limit).map { elements[$0 * elements.count / limit] }
  }

  /// The files of a folder, of which there is at least one; `note` is told what is left out.
  package static func listing(
    _ folder: String, extensions: Set<String>, note: (String) -> Void
  ) throws -> FileListing {
    let listing = try FileTree.files(in: folder, extensions: extensions)
    for line in listing.notes(folder: folder) { note(line) }
    guard !listing.files.isEmpty else {
      let tensors = extensions.contains("npy") ? ", and .npy tensors" : ""
      throw FileError("\(folder): no image in it; \(Self.extensions) are read\(tensors)")
    }
    return listing
  }

  /// What image files are called, for messages.
  package static var extensions: String {
    FileTree.imageExtensions.sorted().map { ".\($0)" }.joined(separator: ", ")
  }
}

/// Images with their classes: `DIR/<label>/*.jpg`.
package struct LabelledImages {
  /// Path and class of each, by the bytes of the paths.
  package let images: [(path: String, class: Int)]
  /// What was left out, which `note` was told.
  package let skipped: Int

  /// Lists a folder whose folders are named by labels.
  package init(folder: String, labels: [String], note: (String) -> Void) throws {
    let names = try Self.folders(in: folder)
    guard !names.isEmpty else {
      throw FileError("\(folder): no folders in it; one folder a label is expected")
    }
    let index = LabelIndex(labels)
    let strangers = names.filter { index[$0] == nil }
    guard strangers.isEmpty else {
      throw FileError(
        "\(folder): these folders are named by none of the model's \(labels.count) labels: \(strangers.joined(separator: ", "))"
      )
    }
    var images: [(path: String, class: Int)] = []
    let listing = try ImageChoice.listing(folder, extensions: FileTree.imageExtensions, note: note)
    skipped = listing.leftOutCount
    for file in listing.files {
      let parts = file.split(separator: "/")
      guard parts.count > 1, let label = index[String(parts[0])] else { continue }
      images.append(("\(folder)/\(file)", label))
    }
    guard !images.isEmpty else {
      throw FileError("\(folder): no image in its folders; \(ImageChoice.extensions) are read")
    }
    self.images = images
  }

  /// Whether a folder's folders are meant to name classes: one of them does.
  package static func areIn(_ folder: String, labels: [String]) throws -> Bool {
    let index = LabelIndex(labels)
    return try folders(in: folder).contains { index[$0] != nil }
  }

  private static func folders(in folder: String) throws -> [String] {
    guard FileAccess.isFolder(folder) else {
      throw FileError("\(folder): no such folder; a folder with one folder a label is expected")
    }
    return try FileTree.names(in: folder).filter { FileAccess.isFolder("\(folder)/\($0)") }
  }
}
