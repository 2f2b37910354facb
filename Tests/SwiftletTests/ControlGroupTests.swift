import Swiftlet
import Testing

/// What the kernel's files say of a control group's share of the processors.
@Suite struct ControlGroupTests {
  private static func processors(_ files: [String: String]) -> Double? {
    let text = { (path: String) in files[path] ?? "" }
    return ControlGroup.quota(of: ControlGroup.groups(reading: text), reading: text)
      .map { Double($0.microseconds) / Double($0.period) }
  }

  @Test func theStrictestGroupCounts() {
    let root = "/sys/fs/cgroup"
    #expect(Self.processors([:]) == nil)
    #expect(
      Self.processors([
        "/proc/self/cgroup": "0::/a/b\n", "\(root)/a/b/cpu.max": "max 100000\n",
        "\(root)/a/cpu.max": "150000 100000\n", "\(root)/cpu.max": "200000 50000\n",
      ]) == 1.5)
    // A container sees its own group as the root.
    #expect(
      Self.processors(["/proc/self/cgroup": "0::/\n", "\(root)/cpu.max": "50000 100000\n"]) == 0.5)
    let first = "9:memory:/m\n2:cpu,cpuacct:/a\n0::/\n"
    #expect(
      Self.processors([
        "/proc/self/cgroup": first, "\(root)/cpu,cpuacct/a/cpu.cfs_quota_us": "250000\n",
        "\(root)/cpu,cpuacct/a/cpu.cfs_period_us": "100000\n",
        "\(root)/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
        "\(root)/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
      ]) == 2.5)
  }
}
