import Swiftlet
import SwiftletCamera
import SwiftletImaging
import Synchronization

#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Says what a stream shows, as it comes: a view that is redrawn in place on a terminal, else a line or a JSON object a frame.
/// Notes come from another thread.
final class LiveReport: Sendable {
  enum Style { case json, text }

  private struct State {
    var view: LiveView?
    /// What is classified, until it is said.
    var title: String?
    var notes = 0
  }

  private let style: Style
  private let classes: Int
  private let state = Mutex(State())

  /// Notes of one kind of trouble, frame after frame, end after so many.
  private static let noteLimit = 5

  /// `classes` are shown of each frame.
  init(style: Style, classes: Int) {
    self.style = style
    self.classes = classes
  }

  /// Takes note of what is about to be classified, which is said with the first frame.
  func begin(model: String, source: SourceInformation) {
    guard style == .text else { return }
    let title = "\(source.text)  \(FileTree.name(of: model))".escapingControls
    state.withLock {
      if Console.isDrawable(STDOUT_FILENO) {
        $0.view = LiveView(title: title, classes: classes)
      } else {
        $0.title = title
      }
    }
  }

  func show(_ frame: LiveFrame, _ statistics: LiveStatistics, _ counts: FrameCounts) throws {
    guard style == .text else { return try JSONOutput.print(frame) }
    let isDrawn = state.withLock { state in
      state.view?.show(frame, statistics, counts)
      return state.view != nil
    }
    guard !isDrawn else { return }
    if let title = state.withLock({ $0.title.take() }) { try Console.printNow(title) }
    let best =
      frame.top.map { "\($0.label.withoutControls) \(NumberText.percent($0.score))" }.first ?? ""
    let total = NumberText.fixed(frame.totalMilliseconds, 2)
    try Console.printNow("frame \(frame.frame)  \(total) ms  \(best)")
  }

  /// Tells what somebody should know; `limited` where it may be said of frame after frame.
  func note(_ text: String, limited: Bool = false) {
    state.withLock { state in
      state.notes += 1
      guard !limited || state.notes <= Self.noteLimit else { return }
      state.view?.clear()
      Console.report(text)
      if limited, state.notes == Self.noteLimit {
        Console.report("further notes of this stream are left out; the summary counts its frames")
      }
    }
  }

  func end(
    _ summary: LiveSummary, _ statistics: LiveStatistics, _ counts: FrameCounts
  ) throws {
    state.withLock { $0.view?.finish(statistics, counts) }
    guard style == .text else { return try JSONOutput.print(summary) }
    try Console.printNow(summary.text)
  }
}

extension SourceInformation {
  fileprivate var text: String {
    let size = width.flatMap { width in height.map { " \(width)x\($0)" } } ?? ""
    let short = kind == .device || kind == .standardInput ? name : FileTree.name(of: name)
    return "\(short)\(format.map { " (\($0)\(size))" } ?? "")"
  }
}
