public import SwiftletCamera

/// Where answers go. The pipeline calls it from one thread at a time, `note` also from the one that captures.
public protocol Sink: AnyObject {
  /// Whether answers bring the picture of their frame; asked once, when the stream begins.
  var wantsPicture: Bool { get }
  /// A stream begins.
  ///
  /// - Parameters:
  ///   - source: where frames come from.
  ///   - model: what the model is called, as its file's path.
  /// - Throws: what ends the stream.
  func begin(source: SourceInformation, model: String) throws
  /// A frame is classified. The next one waits for this to return.
  ///
  /// - Throws: what ends the stream.
  func answer(_ answer: LiveAnswer) throws
  /// Something that somebody should know, on one line.
  func note(_ text: String)
  /// The stream has ended.
  ///
  /// - Throws: what the pipeline then throws.
  func end(_ summary: LiveSummary) throws
}

extension Sink {
  /// Pictures are not wanted.
  public var wantsPicture: Bool { false }
  /// Does nothing.
  public func begin(source: SourceInformation, model: String) {}
  /// Does nothing.
  public func note(_ text: String) {}
  /// Does nothing.
  public func end(_ summary: LiveSummary) {}
}
