import SwiftletKernels
import Synchronization

/// A counter that threads wait on: they look at it for a while, then sleep.
struct Signal: ~Copyable {
  private let counter = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let monitor = Monitor()
  /// How often a thread looks before it sleeps; a look takes some 15 to 50 nanoseconds, waking up 50 microseconds.
  private let looks: Int

  init(looks: Int) { self.looks = looks }

  /// The counter.
  var value: Int { counter.load(ordering: .acquiring) }

  /// Counts on, and wakes the threads that sleep.
  func advance() {
    counter.add(1, ordering: .sequentiallyConsistent)
    // A thread that counts itself as sleeping looks at the counter once more, so one of the two sees the other.
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 { monitor.locked { monitor.wakeAll() } }
  }

  /// Returns when the counter is not, or no longer, `old`.
  func wait(while old: Int) {
    for _ in 0..<looks {
      if counter.load(ordering: .acquiring) != old { return }
      spinPause()
    }
    monitor.locked {
      sleepers.add(1, ordering: .sequentiallyConsistent)
      while counter.load(ordering: .sequentiallyConsistent) == old { monitor.wait() }
      sleepers.subtract(1, ordering: .sequentiallyConsistent)
    }
  }
}
