/// What inputs tell of the ranges that are found on them: those of nothing, of one thing, or of a fault.
enum CalibrationAdvice {
  /// So many times the median magnitude lies far outside.
  private static let outlierFactor: Float = 10
  /// So many files are named.
  private static let named = 3

  /// A line for each kind of fault.
  static func warnings(of samples: [CalibrationSample], in path: String) -> [String] {
    var warnings: [String] = []
    if samples.count == 1 {
      warnings.append("\(path): ranges of a single input fit no other; give some hundred inputs")
    } else if Set(samples.map(\.sha256)).count == 1 {
      warnings.append(
        "\(path): all \(samples.count) inputs are equal, and ranges of a single input fit no other; give some hundred inputs"
      )
    }
    let blank = samples.filter(\.isBlank)
    if !blank.isEmpty {
      warnings.append(
        "\(path): \(blank.count) of \(samples.count) inputs are of one colour\(names(blank)): they say nothing of the ranges that the model needs"
      )
    }
    let magnitudes = samples.compactMap(\.magnitude).sorted()
    let median = magnitudes.isEmpty ? 0 : magnitudes[(magnitudes.count - 1) / 2]
    let outliers = samples.filter { ($0.magnitude ?? 0) > Self.outlierFactor * median }
    if !outliers.isEmpty, median > 0 {
      let largest = outliers.reduce(0) { max($0, $1.magnitude ?? 0) }
      warnings.append(
        "\(path): \(outliers.count) of \(samples.count) inputs lie far outside the others\(names(outliers)): they reach \(largest), half of all no more than \(median); leave them out"
      )
    }
    return warnings
  }

  /// The first of the files, in brackets.
  private static func names(_ samples: [CalibrationSample]) -> String {
    let names = samples.prefix(named).map(\.path)
    return " (\(names.joined(separator: ", "))\(samples.count > named ? ", ..." : ""))"
  }
}
