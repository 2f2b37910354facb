import ArgumentParser
import Swiftlet
import SwiftletProgram

/// What a device's build says in the place of the converter's side: ONNX models are an error.
enum FloatSide {
  static let commands: [any ParsableCommand.Type] = []

  static func classifier(path: String, contract: ContractOptions) throws -> ClassifierModel {
    throw isMissing(path)
  }

  static func run(
    path: String, inputShape: [Int]?, output: OutputChoice?, on tensor: Npy, source: String,
    threads: Int
  ) throws -> Npy {
    throw isMissing(path)
  }

  static func inspect(path: String, inputShape: [Int]?, json: Bool) throws { throw isMissing(path) }

  static func lines(of error: any Error) -> [String] { ["\(error)"] }

  private static func isMissing(_ path: String) -> CommandError {
    CommandError(
      "\(path): this swiftlet was built for a device, without ONNX; convert the model with a swiftlet that was built with Swift 6.1 or later"
    )
  }
}
