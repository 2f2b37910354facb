public import SwiftletProgram

#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A class that an image may show, and how sure the model is.
public struct Classification: Sendable, Equatable, Encodable {
  /// The class: the position of its logit.
  public let index: Int
  /// What the class is called; its index where the model has no labels.
  public let label: String
  /// Its probability, 0...1.
  public let score: Double

  /// The classes with the largest outputs, best first; of equal ones the lower index comes first.
  ///
  /// - Parameters:
  ///   - count: how many, at most.
  ///   - logits: the model's outputs, one a class.
  ///   - labels: one a class, or none.
  ///   - meaning: how scores are made of the outputs; for a vector they are its own elements.
  /// - Returns: at most `count` classes.
  public static func top(
    _ count: Int, of logits: [Float], labels: [String] = [], meaning: OutputMeaning = .logits
  ) -> [Classification] {
    var largest = -Float.infinity
    for logit in logits { largest = max(largest, logit) }
    let sum = logits.reduce(0) { $0 + exp($1 - largest) }
    func score(_ output: Float) -> Float {
      switch meaning {
      case .logits: exp(output - largest) / sum
      case .probabilities, .scores, .vector: output
      case .logit: 1 / (1 + exp(-output))
      }
    }
    let ranked = logits.indices.sorted { (logits[$1], $0) < (logits[$0], $1) }
    return ranked.prefix(max(0, count)).map { index in
      Classification(
        index: index, label: labels.indices.contains(index) ? labels[index] : "\(index)",
        score: Double(score(logits[index])))
    }
  }
}
