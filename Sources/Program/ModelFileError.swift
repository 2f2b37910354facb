/// Why a `.swiftlet` file was not accepted, or could not be written: what, where, and what was expected, on one line.
public struct ModelFileError: Error, CustomStringConvertible, Equatable {
  /// The whole message.
  public let description: String

  /// Creates an error from its message.
  package init(_ description: String) {
    self.description = description
  }
}
