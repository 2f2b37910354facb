import SwiftletKernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A counter that threads wait on: they look at it for a while, then sleep.
struct Signal: ~Copyable {
  private let counter = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>
  /// How often a thread looks before it sleeps; a look takes some 15 to 50 nanoseconds, waking up 50 microseconds.
  private let looks: Int

  init(looks: Int) {
    self.looks = looks
    mutex = .allocate(capacity: 1)
    condition = .allocate(capacity: 1)
    mutex.initialize(to: pthread_mutex_t())
    condition.initialize(to: pthread_cond_t())
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    pthread_cond_destroy(condition)
    mutex.deallocate()
    condition.deallocate()
  }

  /// The counter.
  var value: Int { counter.load(ordering: .acquiring) }

  /// Counts on, and wakes the threads that sleep.
  func advance() {
    counter.add(1, ordering: .sequentiallyConsistent)
    // A thread that counts itself as sleeping looks at the counter once more, so one of the two sees the other.
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
      pthread_mutex_lock(mutex)
      pthread_cond_broadcast(condition)
      pthread_mutex_unlock(mutex)
    }
  }

  /// Returns when the counter is not, or no longer, `old`.
  func wait(while old: Int) {
    for _ in 0..<looks {
      if counter.load(ordering: .acquiring) != old { return }
      spinPause()
    }
    pthread_mutex_lock(mutex)
    sleepers.add(1, ordering: .sequentiallyConsistent)
    while counter.load(ordering: .sequentiallyConsistent) == old {
      pthread_cond_wait(condition, mutex)
    }
    sleepers.subtract(1, ordering: .sequentiallyConsistent)
    pthread_mutex_unlock(mutex)
  }
}
