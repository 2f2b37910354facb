import SwiftletImaging
import Testing

/// Expects an `ImageError` of one line that contains a text.
func expectError<Result>(
  containing text: String, sourceLocation: SourceLocation = #_sourceLocation,
  from body: () throws -> Result
) {
  #expect(sourceLocation: sourceLocation) {
    _ = try body()
  } throws: { error in
    guard let message = (error as? ImageError)?.description else { return false }
    return message.contains(text) && !message.contains("\n")
  }
}
