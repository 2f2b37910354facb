import SwiftletKernels
import SwiftletMeasuring

/// The times of a stream's frames, in memory of a fixed size: the last ones.
struct LiveStatistics {
  private let capacity: Int
  private(set) var frames = 0
  private var times: [FrameTimes] = []
  private let start = monotonicNanoseconds()

  /// As many frames are remembered.
  init(capacity: Int) {
    self.capacity = capacity
    times.reserveCapacity(capacity)
  }

  mutating func add(_ frame: FrameTimes) {
    if frames < capacity { times.append(frame) } else { times[frames % capacity] = frame }
    frames += 1
  }

  /// Nothing of no frames.
  func percentiles(_ measure: Measure) -> Percentiles? {
    Percentiles(nanoseconds: times.map { $0.nanoseconds(measure) })
  }

  /// Frames a second since the beginning.
  var rate: Double { Double(frames) / (Double(monotonicNanoseconds() - start) / 1e9) }

  /// Frames a second of the frames remembered.
  var recentRate: Double {
    guard times.count > 1 else { return 0 }
    let last = times[(frames - 1) % times.count].inferEnd
    let first = times[frames % times.count].inferEnd
    return Double(times.count - 1) / (Double(max(1, last - first)) / 1e9)
  }
}
