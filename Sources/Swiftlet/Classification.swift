/// A class and its logit.
public struct Classification: Sendable, Equatable {
  /// The class.
  public var index: Int
  /// Its logit, in steps of the model's `logitScale`.
  public var logit: Int16

  /// Creates a classification.
  public init(index: Int, logit: Int16) {
    self.index = index
    self.logit = logit
  }

  /// The classes with the largest logits, best first; of equal ones the lower index comes first. All integer.
  ///
  /// - Parameters:
  ///   - count: how many, at most.
  ///   - logits: one a class.
  /// - Returns: at most `count` classes.
  public static func top(_ count: Int, of logits: some Collection<Int16>) -> [Classification] {
    let all = logits.enumerated().map { Classification(index: $0.offset, logit: $0.element) }
    return Array(
      all.sorted { ($1.logit, $0.index) < ($0.logit, $1.index) }.prefix(max(0, count)))
  }
}
