import Foundation
import Testing

/// What the process finds round it.
@Suite struct SurroundingsTests {
  private static let hidesProc =
    "unshare -m bash -c 'mount -t tmpfs none /proc && exec \"$0\" \"$@\"'"

  private static let canHideProc =
    (try? LiveFaultTests.shell("\(hidesProc) true", []).status) == 0

  /// The frames of kernels fit the stacks that threads have with musl.
  @Test(arguments: ["1", "3"]) func smallStacks(threads: String) throws {
    let model = try Fixture.shared.get().int8
    let arguments = ["bench", model, "--threads", threads, "--runs", "2", "--min-seconds", "0"]
    let result = try LiveFaultTests.shell("ulimit -s 128; exec \"$0\" \"$@\"", arguments)
    #expect(result.status == 0, "\(result)")
  }

  @Test(.enabled(if: canHideProc, "needs to mount something over /proc"))
  func argumentsAreReadWithoutProc() throws {
    let wrong = try LiveFaultTests.shell(
      "\(Self.hidesProc) \"$0\" \"$@\"", ["doctor", "--no-such-option"])
    #expect(wrong.status == 64 && wrong.output.contains("no-such-option"), "\(wrong)")
    let model = try Fixture.shared.get().int8
    let right = try LiveFaultTests.shell("\(Self.hidesProc) \"$0\" \"$@\"", ["inspect", model])
    #expect(right.status == 0, "\(right)")
  }
}
