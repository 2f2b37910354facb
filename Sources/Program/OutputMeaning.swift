/// What a model's outputs are: how scores are made of them. A file's metadata says it under `output`.
public enum OutputMeaning: String, Sendable, Codable, CaseIterable {
  /// One a class, of which one holds: scores are their softmax.
  case logits
  /// One a class, of which one holds: scores already.
  case probabilities
  /// One a class, each a probability of its own.
  case scores
  /// A single one, whose logistic function is the probability.
  case logit
  /// No classes: an embedding, a feature map, a detector's boxes.
  case vector
}
