import CSwiftletVideo
import Swiftlet
import SwiftletCamera

#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The stream on a terminal: each drawing goes over the one before. The cursor stays visible behind it and no mode of the
/// terminal is changed, so nothing is left to restore however the process ends.
struct LiveView {
  private let title: String
  private let classes: Int
  /// Lines on the terminal.
  private var drawn = 0
  private var lastDrawing: UInt64 = 0
  /// A frame that is not on the terminal yet.
  private var pending: LiveFrame?

  private static let interval: UInt64 = 66_000_000
  private static let barWidth = 24
  /// Rates and percentiles are of so many frames.
  private static let window = 240

  init(title: String, classes: Int) {
    self.title = title
    self.classes = classes
  }

  /// Draws a frame, or keeps it in mind while the last drawing is young.
  mutating func show(_ frame: LiveFrame, _ statistics: LiveStatistics, _ counts: FrameCounts) {
    let now = monotonicNanoseconds()
    guard now - lastDrawing >= Self.interval else {
      pending = frame
      return
    }
    lastDrawing = now
    pending = nil
    draw(lines(frame, statistics, counts))
  }

  /// Draws what is not drawn yet, for good.
  mutating func finish(_ statistics: LiveStatistics, _ counts: FrameCounts) {
    if let pending { draw(lines(pending, statistics, counts)) }
    (pending, drawn) = (nil, 0)
  }

  /// Takes the view off the terminal until the next drawing.
  mutating func clear() {
    if drawn > 0 { Console.write("\r\u{1B}[\(drawn)A\u{1B}[J", to: STDOUT_FILENO) }
    drawn = 0
  }

  private func lines(
    _ frame: LiveFrame, _ statistics: LiveStatistics, _ counts: FrameCounts
  ) -> [String] {
    var lines = [title]
    for rank in 0..<classes {
      guard rank < frame.top.count else { continue }
      let ranked = frame.top[rank]
      let length = Int((ranked.score * Double(Self.barWidth)).rounded())
      let bar =
        String(repeating: "#", count: length)
        + String(repeating: ".", count: Self.barWidth - length)
      let percent = NumberText.percent(ranked.score)
      let gap = String(repeating: " ", count: max(0, 8 - percent.count))
      lines.append("  \(bar) \(gap)\(percent)  \(ranked.label)")
    }
    let rate = NumberText.fixed(statistics.rate(last: Self.window), 1)
    lines.append(
      "\(rate) frames/s  \(statistics.frames) frames, \(counts.stale) stale, \(counts.dropped) dropped, \(counts.skipped) skipped"
    )
    var table = TextTable(["ms", "p50", "p99"])
    for measure in LiveStatistics.Measure.allCases {
      guard let it = statistics.percentiles(measure, last: Self.window) else { continue }
      table.add("\(measure)", NumberText.fixed(it.p50, 2), NumberText.fixed(it.p99, 2))
    }
    return lines + table.description.split(separator: "\n").map(String.init)
  }

  private mutating func draw(_ lines: [String]) {
    let columns = Self.columns
    let text = lines.map { "\(Self.printable($0).prefix(columns))\u{1B}[K\n" }.joined()
    let start = drawn > 0 ? "\r\u{1B}[\(drawn)A" : ""
    Console.write("\(start)\(text)\u{1B}[J", to: STDOUT_FILENO)
    drawn = lines.count
  }

  /// A label may hold anything; a terminal would obey it.
  private static func printable(_ line: String) -> String {
    String(
      String.UnicodeScalarView(
        line.unicodeScalars.filter { $0.properties.generalCategory != .control }))
  }

  /// Of the terminal; no line may be longer.
  private static var columns: Int {
    var size = winsize()
    let isKnown =
      withUnsafeMutableBytes(of: &size) {
        $0.baseAddress.map { swl_video_control(STDOUT_FILENO, UInt(TIOCGWINSZ), $0) }
      } == 0
    return isKnown && size.ws_col > 0 ? Int(size.ws_col) - 1 : 79
  }
}
