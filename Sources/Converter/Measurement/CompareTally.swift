/// What two models say of the same images.
package struct CompareTally {
  package private(set) var images = 0
  package private(set) var agreeing = 0
  /// Images that both, only the first, and only the second model gets right.
  package private(set) var bothRight = 0
  package private(set) var lost = 0
  package private(set) var gained = 0
  package private(set) var logits = VariationToNoise()

  package init() {}

  /// Counts an image, with its class where that is known.
  package mutating func add(float: [Float], int8: [Float], truth: Int?) {
    images += 1
    logits.add(float, int8)
    let (first, second) = (Self.best(float), Self.best(int8))
    if first == second { agreeing += 1 }
    switch (first == truth, second == truth) {
    case (true, true): bothRight += 1
    case (true, false): lost += 1
    case (false, true): gained += 1
    case (false, false): break
    }
  }

  /// The class with the largest logit; of equal ones the lower index.
  private static func best(_ logits: [Float]) -> Int? {
    logits.indices.max { (logits[$0], $1) < (logits[$1], $0) }
  }
}
