import CSwiftletVideo
import Swiftlet
package import SwiftletCamera
import SwiftletKernels
import SwiftletMeasuring

#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The stream on a terminal: each drawing goes over the one before. The cursor stays visible behind it and no mode of the
/// terminal is changed, so nothing is left to restore however the process ends.
package final class TerminalSink: Sink {
  private var title = ""
  private var statistics = LiveStatistics(capacity: window)
  /// Lines on the terminal.
  private var drawn = 0
  private var lastDrawing: UInt64 = 0
  /// What is not on the terminal yet, because the last drawing was young.
  private var pending: LiveAnswer?

  private static let interval: UInt64 = 66_000_000
  private static let barWidth = 24
  /// Rates and percentiles are of so many frames.
  private static let window = 240

  package init() {}

  package func begin(source: SourceInformation, model: String) {
    title = source.title(model: model)
  }

  package func answer(_ answer: LiveAnswer) {
    statistics.add(answer.times)
    let now = monotonicNanoseconds()
    guard now - lastDrawing >= Self.interval else {
      pending = answer
      return
    }
    lastDrawing = now
    pending = nil
    draw(answer, answer.counts)
  }

  package func note(_ text: String) {
    if drawn > 0 { Console.write("\r\u{1B}[\(drawn)A\u{1B}[J", to: STDOUT_FILENO) }
    drawn = 0
    Console.report(text)
  }

  package func end(_ summary: LiveSummary) throws {
    if let pending { draw(pending, summary.counts) }
    try Console.printNow("\(summary)")
  }

  private func lines(
    _ answer: LiveAnswer, _ counts: FrameCounts, _ terminal: Terminal
  ) -> [String] {
    let numbers = numbers(counts)
    let shown = answer.top.prefix(max(1, terminal.rows - 1 - numbers.count))
    // Labels matter more than bars.
    let rest = terminal.columns - 13 - (shown.map(\.label.columns).max() ?? 0)
    let width = rest < 4 ? 0 : min(rest, Self.barWidth)
    return [title]
      + shown.map { ranked in
        let length = Int((ranked.score * Double(width)).rounded())
        let bar =
          String(repeating: "#", count: length) + String(repeating: ".", count: width - length)
        let percent = NumberText.percent(ranked.score)
        let gap = String(repeating: " ", count: max(0, 8 - percent.count))
        return "  \(bar) \(gap)\(percent)  \(ranked.label)"
      } + numbers
  }

  private func numbers(_ counts: FrameCounts) -> [String] {
    let rate = NumberText.fixed(statistics.recentRate, 1)
    let line =
      "\(rate) frames/s  \(statistics.frames) frames, \(counts.stale) stale, \(counts.dropped) dropped, \(counts.skipped) skipped"
    var table = TextTable(["ms", "p50", "p99"])
    for measure in Measure.allCases {
      guard let it = statistics.percentiles(measure) else { continue }
      table.add("\(measure)", NumberText.fixed(it.p50, 2), NumberText.fixed(it.p99, 2))
    }
    return [line] + table.description.split(separator: "\n").map(String.init)
  }

  private func draw(_ answer: LiveAnswer, _ counts: FrameCounts) {
    let terminal = Terminal()
    let lines = lines(answer, counts, terminal).prefix(terminal.rows)
    let text = lines.map { "\($0.withoutControls.clipped(to: terminal.columns))\u{1B}[K\n" }
      .joined()
    let start = drawn > 0 ? "\r\u{1B}[\(drawn)A" : ""
    Console.write("\(start)\(text)\u{1B}[J", to: STDOUT_FILENO)
    drawn = lines.count
  }

  /// What fits on the terminal, the line of the cursor left out.
  private struct Terminal {
    var columns = 79
    var rows = 23

    init() {
      var size = winsize()
      let isKnown =
        withUnsafeMutableBytes(of: &size) {
          $0.baseAddress.map { swl_video_control(STDOUT_FILENO, UInt(TIOCGWINSZ), $0) }
        } == 0
      guard isKnown else { return }
      if size.ws_col > 1 { columns = Int(size.ws_col) - 1 }
      if size.ws_row > 1 { rows = Int(size.ws_row) - 1 }
    }
  }
}
