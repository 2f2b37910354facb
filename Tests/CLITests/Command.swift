import Foundation

/// One run of the built `swiftlet`.
struct Command {
  let status: Int32
  let output: String
  let errors: String

  /// Runs it to its end; `input` is what its standard input holds.
  init(
    _ arguments: [String], environment: [String: String] = [:], input: [UInt8]? = nil
  ) throws {
    let process = Process()
    process.executableURL = Self.binary
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let folder = try TemporaryFolder()
    let (output, errors) = (folder.path("stdout"), folder.path("stderr"))
    for path in [output, errors] { try folder.write([], to: path) }
    process.standardInput = FileHandle.nullDevice
    if let input {
      let file = try folder.write(input, to: "stdin")
      process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: file))
    }
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
    try process.run()
    process.waitUntilExit()
    status = process.terminationStatus
    self.output = try String(contentsOfFile: output, encoding: .utf8)
    self.errors = try String(contentsOfFile: errors, encoding: .utf8)
  }

  /// The lines of the standard error stream.
  var errorLines: [String] { errors.split(separator: "\n").map(String.init) }

  /// The JSON objects of the output, one a line.
  func objects() throws -> [[String: Any]] {
    try output.split(separator: "\n").map {
      let value = try JSONSerialization.jsonObject(with: Data($0.utf8))
      guard let object = value as? [String: Any] else { throw Unexpected("not an object: \($0)") }
      return object
    }
  }

  /// The only JSON object of the output.
  func object() throws -> [String: Any] {
    let objects = try objects()
    guard objects.count == 1, status == 0 else {
      throw Unexpected("status \(status), \(objects.count) objects; \(errors)")
    }
    return objects[0]
  }

  /// Lies in the folder of the tests' own binary.
  static let binary = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("swiftlet")
}

/// What a test did not expect.
struct Unexpected: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// A folder that goes with the test.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "/swiftlet-cli-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func path(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file of the folder, given with or without the folder's path; returns the whole path.
  @discardableResult
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let file = name.hasPrefix(path) ? name : path(name)
    let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    try write(Array(text.utf8), to: name)
  }

  func makeFolder(_ name: String) throws -> String {
    try FileManager.default.createDirectory(
      atPath: path(name), withIntermediateDirectories: true)
    return path(name)
  }

  /// Every file and folder, hidden ones too.
  func listing() throws -> Set<String> {
    Set(try FileManager.default.subpathsOfDirectory(atPath: path))
  }
}

func readBytes(_ path: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
}
