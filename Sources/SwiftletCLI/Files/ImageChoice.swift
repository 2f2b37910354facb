import SwiftletImaging
import SwiftletLive

/// Which of many images are used.
enum ImageChoice {
  /// `limit` of the elements, evenly spaced; all where there are no more.
  static func evenlySpaced<T>(_ elements: [T], limit: Int?) -> [T] {
    guard let limit, limit < elements.count else { return elements }
    return (0..<limit).map { elements[$0 * elements.count / limit] }
  }

  /// The files of a folder, of which there is at least one; what is left out is told the user.
  static func listing(_ folder: String, extensions: Set<String>) throws -> FileListing {
    let listing = try FileTree.files(in: folder, extensions: extensions)
    for note in listing.notes(folder: folder) { Console.report(note) }
    guard !listing.files.isEmpty else {
      let tensors = extensions.contains("npy") ? ", and .npy tensors" : ""
      throw CommandError("\(folder): no image in it; \(Self.extensions) are read\(tensors)")
    }
    return listing
  }

  /// What image files are called, for messages.
  static var extensions: String {
    FileTree.imageExtensions.sorted().map { ".\($0)" }.joined(separator: ", ")
  }
}

/// Images with their classes: `DIR/<label>/*.jpg`.
struct LabelledImages {
  /// Path and class of each, by the bytes of the paths.
  let images: [(path: String, class: Int)]
  /// What was left out, which `init` has told the user.
  let skipped: Int

  /// Lists a folder whose folders are named by labels.
  init(folder: String, labels: [String]) throws {
    let names = try Self.folders(in: folder)
    guard !names.isEmpty else {
      throw CommandError("\(folder): no folders in it; one folder a label is expected")
    }
    let index = LabelIndex(labels)
    let strangers = names.filter { index[$0] == nil }
    guard strangers.isEmpty else {
      throw CommandError(
        "\(folder): these folders are named by none of the model's \(labels.count) labels: \(strangers.joined(separator: ", "))"
      )
    }
    var images: [(path: String, class: Int)] = []
    let listing = try ImageChoice.listing(folder, extensions: FileTree.imageExtensions)
    skipped = listing.leftOutCount
    for file in listing.files {
      let parts = file.split(separator: "/")
      guard parts.count > 1, let label = index[String(parts[0])] else { continue }
      images.append(("\(folder)/\(file)", label))
    }
    guard !images.isEmpty else {
      throw CommandError("\(folder): no image in its folders; \(ImageChoice.extensions) are read")
    }
    self.images = images
  }

  /// Whether a folder's folders are meant to name classes: one of them does.
  static func areIn(_ folder: String, labels: [String]) throws -> Bool {
    let index = LabelIndex(labels)
    return try folders(in: folder).contains { index[$0] != nil }
  }

  private static func folders(in folder: String) throws -> [String] {
    guard FileTree.isFolder(folder) else {
      throw CommandError("\(folder): no such folder; a folder with one folder a label is expected")
    }
    return try FileTree.names(in: folder).filter { FileTree.isFolder("\(folder)/\($0)") }
  }
}
