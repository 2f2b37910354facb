/// Why a session could not be made: what, where, and what was expected, on one line.
public struct SessionError: Error, CustomStringConvertible, Equatable {
  /// The whole message.
  public let description: String

  /// Creates an error from its message.
  init(_ description: String) {
    self.description = description
  }
}
