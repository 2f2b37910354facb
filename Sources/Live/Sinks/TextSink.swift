import Swiftlet
package import SwiftletCamera
import SwiftletMeasuring
import SwiftletProgram

/// Answers and summary as text, a line each, on the standard output; notes on the standard error stream.
package final class TextSink: Sink {
  /// What is classified, until it is said.
  private var title: String?

  package init() {}

  package func begin(source: SourceInformation, model: String) {
    title = source.title(model: model)
  }

  package func answer(_ answer: LiveAnswer) throws {
    if let title { try Console.printNow(title) }
    title = nil
    let best =
      answer.top.map { "\($0.label.withoutControls) \(NumberText.percent($0.score))" }.first ?? ""
    let total = NumberText.fixed(answer.times.milliseconds(.total), 2)
    try Console.printNow("frame \(answer.number)  \(total) ms  \(best)")
  }

  package func note(_ text: String) { Console.report(text) }
  package func end(_ summary: LiveSummary) throws { try Console.printNow("\(summary)") }
}

extension SourceInformation {
  /// What is classified, by which model.
  func title(model: String) -> String {
    let size = width.flatMap { width in height.map { " \(width)x\($0)" } } ?? ""
    let short = kind == .device || kind == .standardInput ? name : FileAccess.name(of: name)
    let text = "\(short)\(format.map { " (\($0)\(size))" } ?? "")"
    return "\(text)  \(FileAccess.name(of: model))".escapingControls
  }
}
