import Foundation
import SwiftletProgram

/// What is known of a net: a text in Golden/, one a net, reviewed as a diff.
struct Golden: Equatable {
  /// How far a net comes.
  enum Outcome: Equatable {
    case refused(Refusal)
    case converted(Program)
  }

  /// A net that is refused, with its whole error.
  struct Refusal: Equatable {
    /// `import` or `conversion`.
    var stage: String
    var error: [String]
  }

  struct Program: Equatable {
    /// Decibels of the logits' signal to noise on inputs that the calibration has not seen, rounded down.
    var signalToNoise: Int
    /// Of the file without labels and metadata.
    var fileSHA256: String
    /// Of the logits of the benchmark's input.
    var logitsSHA256: String
    var plan: [String]
  }

  /// Of the net's own file.
  var onnxSHA256: String
  var outcome: Outcome

  var text: String {
    var lines = ["onnx: \(onnxSHA256)"]
    switch outcome {
    case .refused(let refusal): lines += ["refused at \(refusal.stage)", ""] + refusal.error
    case .converted(let program):
      lines += [
        "signal to noise: at least \(program.signalToNoise) dB",
        "file: \(program.fileSHA256)", "logits: \(program.logitsSHA256)", "",
      ]
      lines += program.plan
    }
    return lines.joined(separator: "\n") + "\n"
  }

  init(onnxSHA256: String, _ outcome: Outcome) {
    (self.onnxSHA256, self.outcome) = (onnxSHA256, outcome)
  }

  /// Reads what `text` wrote.
  init?(text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    func value(_ line: Int, _ head: String) -> String? {
      guard lines.indices.contains(line), lines[line].hasPrefix(head) else { return nil }
      return String(lines[line].dropFirst(head.count))
    }
    guard let onnx = value(0, "onnx: ") else { return nil }
    onnxSHA256 = onnx
    if let stage = value(1, "refused at ") {
      outcome = .refused(Refusal(stage: stage, error: Array(lines.dropFirst(3).dropLast())))
      return
    }
    guard let floor = value(1, "signal to noise: at least ").flatMap({ Int($0.dropLast(3)) }),
      let file = value(2, "file: "), let logits = value(3, "logits: ")
    else { return nil }
    outcome = .converted(
      Program(
        signalToNoise: floor, fileSHA256: file, logitsSHA256: logits,
        plan: Array(lines.dropFirst(5).dropLast())))
  }

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Golden")

  static func url(of net: String) -> URL { folder.appendingPathComponent("\(net).txt") }

  /// What the repository has of a net.
  static func read(_ net: String) -> Golden? {
    (try? String(contentsOf: url(of: net), encoding: .utf8)).flatMap(Golden.init(text:))
  }

  /// The lines in which two texts differ.
  func difference(from other: Golden?) -> String {
    let (old, new) = ((other?.text ?? "").split(separator: "\n"), text.split(separator: "\n"))
    return new.difference(from: old).map { change in
      switch change {
      case .remove(_, let line, _): "- \(line)"
      case .insert(_, let line, _): "+ \(line)"
      }
    }.joined(separator: "\n")
  }
}
