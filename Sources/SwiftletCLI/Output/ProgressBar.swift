import SwiftletKernels
import SwiftletLive
import SwiftletMeasuring
import Synchronization

#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Work done of work to do, drawn on a terminal once it has taken two seconds; never beside JSON.
final class ProgressBar: Progress {
  private struct State {
    var done = 0
    var drawn = 0
    var isVisible = false
  }

  private let title: String
  private let total: Int
  private let start = monotonicNanoseconds()
  private let isWatched: Bool
  private let state = Mutex(State())

  init(_ title: String, total: Int, isShown: Bool) {
    isWatched = isShown && Console.isDrawable(STDERR_FILENO)
    self.title = title
    self.total = max(1, total)
  }

  /// Counts one piece of work; from any thread.
  func advance() {
    state.withLock { state in
      state.done += 1
      guard isWatched, monotonicNanoseconds() - start > 2_000_000_000 else { return }
      let percent = min(100, 100 * state.done / total)
      guard !state.isVisible || percent != state.drawn else { return }
      state.drawn = percent
      state.isVisible = true
      let bar = String(repeating: "#", count: percent * 3 / 10)
      let rest = String(repeating: ".", count: 30 - bar.count)
      Console.write("\r\(title) [\(bar)\(rest)] \(percent) % (\(state.done) of \(total)) ")
    }
  }

  /// Takes the bar off the terminal.
  func finish() {
    state.withLock { state in
      if state.isVisible { Console.write("\r\u{1B}[K") }
      state.isVisible = false
    }
  }
}
