import Foundation

/// Tensor data that a model keeps in files beside itself. Nothing outside the model's folder is ever read; a model that is a
/// link, as in Hugging Face's cache, may have its data as links to the folder that it links to.
final class ExternalData {
  private let folder: URL?
  /// Where data may really lie.
  private let allowed: [URL]
  private var files: [String: Data] = [:]

  /// For a model that was not read from a file.
  init() { (folder, allowed) = (nil, []) }

  /// For the model in a file.
  init(model: URL) {
    folder = model.deletingLastPathComponent()
    allowed = [
      model.deletingLastPathComponent().resolvingSymlinksInPath(),
      model.resolvingSymlinksInPath().deletingLastPathComponent(),
    ]
  }

  /// The files that were read, by name.
  var openedFiles: [String] {
    files.keys.sorted().compactMap { folder?.appendingPathComponent($0).path }
  }

  /// The bytes of a tensor of `size` bytes; files may leave out their own count of them.
  func read(
    _ entries: [Onnx_StringStringEntryProto], size: Int
  ) throws(NodeFailure) -> Data {
    var fields: [String: String] = [:]
    for entry in entries { fields[entry.key] = entry.value }
    guard let location = fields["location"], !location.isEmpty else {
      throw NodeFailure("its external data has no location")
    }
    let file = try open(location)
    let offset = try number(fields["offset"], "offset") ?? 0
    guard offset <= file.count else {
      throw NodeFailure(
        "its external data starts at byte \(offset) of '\(location)', which has \(file.count)",
        remedy: "fetch the whole of '\(location)'")
    }
    let length = try number(fields["length"], "length") ?? min(size, file.count - offset)
    guard length <= file.count - offset else {
      throw NodeFailure(
        "its external data is bytes \(offset)..<\(offset)+\(length) of '\(location)', "
          + "which has \(file.count)",
        remedy: "fetch the whole of '\(location)'")
    }
    return file[file.startIndex + offset..<file.startIndex + offset + length]
  }

  private func number(_ text: String?, _ name: String) throws(NodeFailure) -> Int? {
    guard let text else { return nil }
    guard let value = Int(text), value >= 0 else {
      throw NodeFailure("its external data has the \(name) '\(text)'; a byte count is expected")
    }
    return value
  }

  private func open(_ location: String) throws(NodeFailure) -> Data {
    if let file = files[location] { return file }
    let outside = NodeFailure(
      "its external data '\(location)' is not inside the model's folder",
      remedy: "keep the data file beside the model")
    guard let folder else { throw NodeFailure("its external data needs a model read from a file") }
    guard !location.hasPrefix("/"), !location.contains("\0"), Self.staysInside(location) else {
      throw outside
    }
    // What links leave of ".." is taken out before the place is looked at.
    let url = folder.appendingPathComponent(location).resolvingSymlinksInPath()
      .standardizedFileURL
    let isAllowed = allowed.contains { folder in
      url.path.hasPrefix(folder.path == "/" ? "/" : folder.path + "/")
    }
    guard isAllowed else { throw outside }
    guard url.isRegularFile, let data = try? Data(contentsOf: url, options: .mappedIfSafe) else {
      throw NodeFailure(
        "its external data '\(location)' cannot be read",
        remedy: "put that file beside the model")
    }
    files[location] = data
    return data
  }

  /// Whether no beginning of a relative path leads out of the folder that it starts in.
  private static func staysInside(_ location: String) -> Bool {
    var depth = 0
    for part in location.split(separator: "/") where part != "." {
      depth += part == ".." ? -1 : 1
      if depth < 0 { return false }
    }
    return true
  }
}
