/// Why an image, or what says how images are made ready, was not accepted: what, where, and what was expected, on one line.
public struct ImageError: Error, CustomStringConvertible, Equatable {
  /// The whole message.
  public let description: String

  /// Creates an error from its message.
  package init(_ description: String) {
    self.description = description
  }
}
