import SwiftletConverter
import SwiftletLive
import SwiftletMeasuring

/// What `compare` found.
struct CompareResult: Encodable {
  /// One of the two models.
  struct Side: Encodable {
    var model: String
    /// nil where images have no labels.
    var top1: Double?
  }

  /// int8's top-1 minus float's.
  struct Difference: Encodable {
    var value: Double
    var low: Double
    var high: Double
    var confidence = PairedDifference.confidence
    var method = PairedDifference.method
    /// Images that only float, and only int8, gets right.
    var lost: Int
    var gained: Int

    init(_ difference: PairedDifference) {
      value = difference.value
      (low, high) = (difference.interval.lowerBound, difference.interval.upperBound)
      (lost, gained) = (difference.lost, difference.gained)
    }
  }

  let float: Side
  let int8: Side
  let agreement: Double
  let difference: Difference?
  let logitsSQNR: Double?
  /// Whether images have different logits.
  let logitsVary: Bool
  let images: Int
  let skipped: Int
  /// Images that tensors were compared on.
  let samples: Int
  let tensors: [TensorError]
  let threads: Int
  let seconds: Double

  private enum CodingKeys: String, CodingKey {
    case float, int8, agreement, images, skipped, samples, tensors, threads, seconds
    case difference = "top1_difference"
    case logitsSQNR = "logits_sqnr_db"
  }

  init(
    float: String, int8: String, tally: CompareTally, isLabelled: Bool, skipped: Int,
    samples: Int, tensors: [TensorError], threads: Int, seconds: Double
  ) {
    func share(_ count: Int) -> Double { Double(count) / Double(tally.images) }
    self.float = Side(model: float, top1: isLabelled ? share(tally.bothRight + tally.lost) : nil)
    self.int8 = Side(model: int8, top1: isLabelled ? share(tally.bothRight + tally.gained) : nil)
    agreement = share(tally.agreeing)
    difference =
      isLabelled
      ? Difference(
        PairedDifference(lost: tally.lost, gained: tally.gained, count: tally.images)) : nil
    logitsSQNR = tally.logits.decibels
    logitsVary = tally.logits.varies
    images = tally.images
    self.skipped = skipped
    self.samples = samples
    self.tensors = tensors
    self.threads = threads
    self.seconds = seconds
  }

  var text: String {
    var table = TextTable(leftColumns: [0, 1])
    table.add("agreement", NumberText.percent(agreement))
    if let first = float.top1, let second = int8.top1, let difference {
      table.add(
        "top-1", "float \(NumberText.percent(first)), int8 \(NumberText.percent(second))")
      table.add(
        "difference",
        "\(points(difference.value)) points, 95 % within \(points(difference.low)) to \(points(difference.high)) (\(difference.lost) images lost, \(difference.gained) gained; \(difference.method))"
      )
    }
    table.add(
      "logits",
      !logitsVary
        ? "the same for all images: their error is not known"
        : logitsSQNR == nil ? "equal" : "differ by \(decibels(logitsSQNR)) dB more than their error"
    )
    table.add("images", "\(images), \(skipped) skipped; tensors on \(samples)")
    table.add("time", "\(NumberText.fixed(seconds, 2)) s on \(threads) threads")
    return tensors.isEmpty ? "\(table)" : "\(table)\n\n\(tensorTable)"
  }

  private var tensorTable: TextTable {
    var table = TextTable(
      ["written by", "type", "all dB", "alone", "rounded", "clipped", "tensor"],
      leftColumns: [0, 1, 6], overflow: .losesBeginning)
    for it in tensors {
      table.add(
        it.instruction, it.type, decibels(it.cumulativeSQNR), decibels(it.localSQNR),
        decibels(it.roundingSQNR), NumberText.percent(it.clippedShare, places: 1), it.name)
    }
    return table
  }

  /// A ratio; infinite where there is no error.
  private func decibels(_ ratio: Double?) -> String {
    ratio.map { NumberText.fixed($0, 1) } ?? "-"
  }

  /// A difference of shares in percentage points, with its sign.
  private func points(_ share: Double) -> String {
    (share < 0 ? "" : "+") + NumberText.fixed(100 * share, 2)
  }
}
