import Swiftlet
import SwiftletConverter
import SwiftletGraph
import SwiftletLive
import SwiftletMeasuring
import SwiftletProgram

/// What `convert` says of its work.
struct ConversionSummary: Encodable {
  private let source: FloatModel
  private let meaning: OutputMeaning
  private let int16Tensors: Int
  private let maximumDrop: PromotionReport?
  private let output: String
  private let report: String
  private let instructions: Int
  private let weightsBytes: Int
  private let samples: Int
  private let skipped: Int
  private let logitsSQNR: Double?
  private let measured: Int
  private let isHeldOut: Bool
  private let warnings: [String]
  private let calibrationSeconds: Double
  private let seconds: Double

  private enum CodingKeys: String, CodingKey {
    case output, report, instructions, samples, skipped, warnings, seconds
    case meaning = "output_meaning"
    case weightsBytes = "weights_bytes"
    case logitsSQNR = "logits_sqnr_db"
    case measured = "measured_inputs"
    case isHeldOut = "held_out"
    case maximumDrop = "max_drop"
    case calibrationSeconds = "calibration_seconds"
  }

  init(
    source: FloatModel, meaning: OutputMeaning, model: Model, report: ConversionReport,
    output: String,
    reportPath: String, samples: Int, skipped: Int, calibrationSeconds: Double, seconds: Double
  ) {
    self.source = source
    self.meaning = meaning
    self.output = output
    self.report = reportPath
    self.samples = samples
    self.skipped = skipped
    self.calibrationSeconds = calibrationSeconds
    self.seconds = seconds
    instructions = report.instructions
    int16Tensors = report.int16Tensors.count
    weightsBytes = model.weightsBytes
    logitsSQNR = report.logitsSQNR
    measured = report.samples
    isHeldOut = report.isHeldOut
    warnings = report.warnings
    maximumDrop = report.maximumDrop
  }

  var text: String {
    let parameters = source.graph.values.reduce(0) { $0 + ($1.constant?.floats?.count ?? 0) }
    var table = TextTable(leftColumns: [0, 1])
    table.add("model", source.path)
    table.add("program", "\(source.graph.nodes.count) nodes to \(instructions) instructions")
    table.add(
      "weights", "\(NumberText.count(parameters)) parameters in \(NumberText.bytes(weightsBytes))"
    )
    table.add("int16", "\(int16Tensors) tensors")
    table.add("outputs", outputs)
    if let maximumDrop {
      table.add(
        "top-1",
        "\(NumberText.percent(maximumDrop.floatTop1)) float, \(NumberText.percent(maximumDrop.int8Top1)) int8, \(NumberText.percent(maximumDrop.top1)) with \(maximumDrop.promotions.count) promotions (\(NumberText.count(maximumDrop.multiplyAdds)) multiply-adds more)"
      )
    }
    if samples > 0 { table.add("calibration", "\(samples) inputs, \(skipped) skipped") }
    if let logitsSQNR {
      table.add(
        "int8",
        "\(NumberText.fixed(logitsSQNR, 1)) dB of signal to quantization noise at the outputs, on \(measuredInputs)"
      )
    }
    table.add(
      "time",
      "\(NumberText.fixed(seconds, 1)) s, calibration \(NumberText.fixed(calibrationSeconds, 1))")
    table.add("written", "\(output), report in \(report)")
    return table.description
  }
  /// What the outputs are taken for.
  private var outputs: String {
    let count = source.outputCount
    switch meaning {
    case .logits: return "\(count) logits, one a class"
    case .probabilities: return "\(count) probabilities, one a class"
    case .scores: return "\(count) independent scores, one a class"
    case .logit: return "a single logit, whose logistic function is the probability"
    case .vector:
      return
        "a vector of \(count), no classification: classify, eval and live cannot show classes; if it has one output a class, say --output logits or scores"
    }
  }

  /// What the error was measured on.
  private var measuredInputs: String {
    isHeldOut
      ? "\(measured) other inputs"
      : "the same \(measured) inputs that gave the ranges, which flatters it"
  }
}
