/// Work of which pieces are counted as they are done; from any thread.
package protocol Progress: Sendable {
  /// Counts one piece.
  func advance()
  /// Says that nothing more comes.
  func finish()
}

/// Shows work: what it is called, and the number of its pieces.
package typealias ShowProgress = @Sendable (_ title: String, _ total: Int) -> any Progress
