import Swiftlet
import SwiftletKernels
import SwiftletProgram

#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What else the machine did, and how fast it was, from one moment to another.
package struct MachineLoad {
  private struct Moment {
    let nanoseconds = monotonicNanoseconds()
    /// Of all processors together, in seconds: at work, and taken by the hypervisor.
    let busy, stolen: Double
    let own: Double
    let throttlings = ControlGroup.throttlings
    /// The processors' frequencies in MHz; empty where the kernel shows none.
    let frequencies: [Int]

    init() {
      let line = ((try? FileAccess.readText("/proc/stat")) ?? "").prefix { $0 != "\n" }
      let ticks = line.split(separator: " ").dropFirst().map { Double($0) ?? 0 }
      let second = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
      // user nice system idle iowait irq softirq steal
      let isKnown = ticks.count >= 8
      busy = isKnown ? (ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6]) / second : 0
      stolen = isKnown ? ticks[7] / second : 0
      var time = timespec()
      clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
      own = Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
      frequencies = ProcessorCount.allowedProcessors.compactMap {
        let file = "/sys/devices/system/cpu/cpu\($0)/cpufreq/scaling_cur_freq"
        let text = try? FileAccess.readText(file)
        return text.flatMap { Int($0.filter(\.isNumber)) }.map { $0 / 1000 }
      }
    }
  }

  private let start = Moment()

  package init() {}

  /// What the kernel counts in ticks of 10 ms says nothing of less.
  private static let shortest = 0.3

  /// What disturbed the measurement that ends now, and what to do about it. The peaks were measured all along.
  package func problems(threads: Int, peaks: [Double]) -> [String] {
    let end = Moment()
    let seconds = Double(end.nanoseconds - start.nanoseconds) / 1e9
    return (seconds < Self.shortest ? [] : loads(end, seconds)) + quota(end, threads)
      + speeds(end, peaks)
  }

  private func loads(_ end: Moment, _ seconds: Double) -> [String] {
    var problems: [String] = []
    let processors = Double(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    let others = (end.busy - start.busy - (end.own - start.own)) / seconds
    if others > max(0.2, 0.02 * processors) {
      problems.append(
        "other work kept \(NumberText.fixed(others, 1)) of \(NumberText.fixed(processors, 0)) processors busy meanwhile: measure again when it has ended"
      )
    }
    let stolen = (end.stolen - start.stolen) / seconds
    if stolen > 0.02 * processors {
      problems.append(
        "the hypervisor took \(NumberText.fixed(stolen, 2)) of \(NumberText.fixed(processors, 0)) processors for others meanwhile (steal): measure at another time, or on a machine of your own"
      )
    }
    return problems
  }

  private func quota(_ end: Moment, _ threads: Int) -> [String] {
    var problems: [String] = []
    let limit = ControlGroup.quota.map { Double($0.microseconds) / Double($0.period) }
    let stops = end.throttlings - start.throttlings
    if stops > 0 {
      problems.append(
        "the control group's CPU quota stopped this process \(stops) times meanwhile: raise it, or use fewer --threads"
      )
    } else if let limit, limit < Double(threads) {
      problems.append(
        "the control group may keep \(NumberText.fixed(limit, 2)) processors busy, \(threads) threads need more: raise its CPU quota, or use fewer --threads"
      )
    }
    return problems
  }

  private func speeds(_ end: Moment, _ peaks: [Double]) -> [String] {
    let frequencies = start.frequencies + end.frequencies
    if let low = frequencies.min(), let high = frequencies.max(), 10 * low < 9 * high {
      return [
        "the processors' frequency was \(low) to \(high) MHz: let the machine cool, and set its governor to performance"
      ]
    }
    // Of each quarter the best, which no other work has slowed down.
    let quarter = peaks.count / 4
    guard quarter > 0 else { return [] }
    let bests = (0..<4).map { peaks[$0 * quarter..<($0 + 1) * quarter].max() ?? 0 }
    guard let low = bests.min(), let high = bests.max(), low < 0.93 * high else { return [] }
    return [
      "the int8 peak was \(NumberText.fixed(low, 0)) to \(NumberText.fixed(high, 0)) GOPS meanwhile: the frequency changed, or other work took the processors"
    ]
  }
}
