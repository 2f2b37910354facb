package import Swiftlet
import SwiftletProgram

/// What `--max-drop` asked for and what it took.
package struct PromotionReport: Sendable, Equatable, Codable {
  package var maximumDrop: Double
  package var floatTop1: Double
  /// Without promotions.
  package var int8Top1: Double
  /// With them.
  package var top1: Double
  package var promotions: [Promotion]

  /// Multiply-adds of an inference that the promotions add.
  package var multiplyAdds: Int { promotions.reduce(0) { $0 + $1.multiplyAdds } }

  private enum CodingKeys: String, CodingKey {
    case promotions, top1
    case maximumDrop = "max_drop"
    case floatTop1 = "float_top1"
    case int8Top1 = "int8_top1"
  }
}

/// Promotes tensors to int16 until top-1 has fallen by no more than is allowed.
package struct PromotionSearch {
  let maximumDrop: Double
  let floatTop1: Double
  let top1: (Model) throws -> Double

  /// `top1` measures a program on the labelled images on which the float model has `floatTop1`.
  package init(
    maximumDrop: Double, floatTop1: Double, top1: @escaping (Model) throws -> Double
  ) {
    self.maximumDrop = maximumDrop
    self.floatTop1 = floatTop1
    self.top1 = top1
  }

  private struct Attempt {
    var quantized: QuantizedModel
    var top1: Double
    var promotions: [Promotion]
  }

  /// The program with the fewest of the promotions, in the order in which `ranked` gives them, that holds. Their number is
  /// doubled until it does, then halved between.
  package func run(
    _ scan: SensitivityScan, ranked: () throws -> [Promotion]
  ) throws -> (QuantizedModel, PromotionReport) {
    let first = try attempt(scan, [])
    guard !holds(first) else { return (first.quantized, report(first, int8: first)) }
    let ranking = try ranked()
    var (best, failed): (Attempt?, Int) = (nil, 0)
    var (closest, count) = (first, 1)
    while best == nil, failed < ranking.count {
      let tried = try attempt(scan, Array(ranking.prefix(count)))
      if holds(tried) { best = tried } else { failed = tried.promotions.count }
      if tried.top1 > closest.top1 { closest = tried }
      count = min(2 * count, ranking.count)
    }
    guard var best else { throw failure(first, closest, of: ranking) }
    while best.promotions.count - failed > 1 {
      let middle = (best.promotions.count + failed) / 2
      let tried = try attempt(scan, Array(ranking.prefix(middle)))
      if holds(tried) { best = tried } else { failed = middle }
    }
    return (best.quantized, report(best, int8: first))
  }

  private func attempt(_ scan: SensitivityScan, _ promotions: [Promotion]) throws -> Attempt {
    let (quantized, model) = try scan.model(promoting: promotions)
    return Attempt(quantized: quantized, top1: try top1(model), promotions: promotions)
  }

  private func holds(_ attempt: Attempt) -> Bool { floatTop1 - attempt.top1 <= maximumDrop + 1e-9 }

  private func report(_ attempt: Attempt, int8: Attempt) -> PromotionReport {
    PromotionReport(
      maximumDrop: maximumDrop, floatTop1: floatTop1, int8Top1: int8.top1, top1: attempt.top1,
      promotions: attempt.promotions)
  }

  private func failure(
    _ int8: Attempt, _ closest: Attempt, of ranking: [Promotion]
  ) -> ConversionError {
    func percent(_ share: Double) -> String { "\((share * 10000).rounded() / 100) %" }
    let tried =
      ranking.isEmpty
      ? "no tensor of this model can be promoted to int16"
      : "the best of up to \(ranking.count) promotions to int16, \(closest.promotions.count), reaches \(percent(closest.top1))"
    return ConversionError(
      "top-1 falls from \(percent(floatTop1)) to \(percent(int8.top1)), by more than --max-drop \(maximumDrop) allows; \(tried); allow a larger drop, or calibrate on more images like those that the model will see"
    )
  }
}
