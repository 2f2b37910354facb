import ArgumentParser

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

  /// Bad usage is the argument parser's to report, with exit status 64; bad input is one line a problem, and 1.
  static func main() {
    Console.holdClosedStreams()
    do {
      var command = try parseAsRoot()
      try command.run()
      try Console.checkOutput()
    } catch {
      guard !(error is ExitCode), exitCode(for: error) == .failure else { exit(withError: error) }
      Console.report("\(error)")
      exit(withError: ExitCode.failure)
    }
  }
}
