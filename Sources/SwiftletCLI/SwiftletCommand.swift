import ArgumentParser
import CSwiftletArguments
import SwiftletLive

/// The `swiftlet` command.
@main
struct SwiftletCommand: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "swiftlet",
    abstract: "Int8 vision models on the CPU: convert, measure, run.",
    version: version,
    subcommands: FloatSide.commands + [
      EvalCommand.self, ClassifyCommand.self, RunCommand.self, BenchCommand.self,
      InspectCommand.self, LiveCommand.self, DoctorCommand.self,
    ])

  /// Those behind the program's name; nil where they cannot be known.
  private static var arguments: [String]? {
    let count = swl_argument_count()
    let all =
      count > 0
      ? (0..<count).map { String(cString: swl_argument($0)) } : CommandLine.arguments
    return all.isEmpty ? nil : Array(all.dropFirst())
  }

  /// Bad usage is the argument parser's to report, with exit status 64; bad input is one line a problem, and 1.
  static func main() {
    holdClosedStreams()
    guard let arguments else {
      Console.report(
        "the arguments cannot be read: /proc is not mounted; run: mount -t proc proc /proc")
      exit(withError: ExitCode.validationFailure)
    }
    do {
      var command = try parseAsRoot(arguments)
      try command.run()
      try Console.checkOutput()
    } catch {
      guard !(error is ExitCode), exitCode(for: error) == .failure else { exit(withError: error) }
      for line in FloatSide.lines(of: error) { Console.report(line) }
      exit(withError: ExitCode.failure)
    }
  }
}
