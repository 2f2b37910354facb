import Foundation

/// Tensor data that a model keeps in files beside itself. Nothing outside the model's folder is ever read.
final class ExternalData {
  private let folder: URL?
  private var files: [String: Data] = [:]

  /// `folder` is the model's; nil for a model that was not read from a file.
  init(folder: URL?) { self.folder = folder?.resolvingSymlinksInPath() }

  /// The files that were read, by name.
  var openedFiles: [String] {
    files.keys.sorted().compactMap { folder?.appendingPathComponent($0).path }
  }

  func read(_ entries: [Onnx_StringStringEntryProto]) throws(NodeFailure) -> Data {
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
    let length = try number(fields["length"], "length") ?? (file.count - offset)
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
    guard !location.hasPrefix("/"), !location.contains("\0"),
      !location.split(separator: "/").contains("..")
    else { throw outside }
    let url = folder.appendingPathComponent(location).resolvingSymlinksInPath()
    guard url.path.hasPrefix(folder.path == "/" ? "/" : folder.path + "/") else { throw outside }
    guard let values = try? url.resourceValues(forKeys: [.isRegularFileKey]),
      values.isRegularFile == true, let data = try? Data(contentsOf: url, options: .mappedIfSafe)
    else {
      throw NodeFailure(
        "its external data '\(location)' cannot be read",
        remedy: "put that file beside the model")
    }
    files[location] = data
    return data
  }
}
