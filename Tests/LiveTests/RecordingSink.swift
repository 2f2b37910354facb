import SwiftletCamera
import SwiftletImaging
import SwiftletLive

/// What a sink is told, with copies of the pictures.
final class RecordingSink: Sink {
  let wantsPicture: Bool
  private(set) var calls: [String] = []
  private(set) var answers: [LiveAnswer] = []
  private(set) var pictures: [(bytes: [UInt8], layout: FrameLayout)] = []
  private(set) var summary: LiveSummary?
  private(set) var notes: [String] = []
  /// Called with each answer.
  var onAnswer: (LiveAnswer) throws -> Void = { _ in }

  init(wantsPicture: Bool = false) { self.wantsPicture = wantsPicture }

  func begin(source: SourceInformation, model: String) {
    calls.append("begin \(source.name) \(model)")
  }

  func answer(_ answer: LiveAnswer) throws {
    calls.append("answer \(answer.number)")
    answers.append(answer)
    if let it = answer.picture { pictures.append((Array(it.bytes), it.layout)) }
    try onAnswer(answer)
  }

  func note(_ text: String) { notes.append(text) }

  func end(_ summary: LiveSummary) {
    calls.append("end")
    self.summary = summary
  }
}
