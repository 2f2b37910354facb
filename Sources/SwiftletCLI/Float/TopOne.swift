import Swiftlet
import SwiftletConverter
import SwiftletGraph
import SwiftletLive
import SwiftletMeasuring
import SwiftletImaging
import SwiftletProgram

/// Top-1 of models on one set of labelled images.
struct TopOne {
  let images: [(path: String, class: Int)]
  let folder: String
  let preprocessing: Preprocessing
  let reader: ImageReader
  let threads: Int
  let showsProgress: Bool

  func share(of model: Model) throws -> Double {
    try share("Measuring int8") {
      try model.classifier(preprocessing: preprocessing, threads: 1)
    }
  }

  /// The float model comes first: it says which images cannot be read.
  func share(of model: FloatModel) throws -> Double {
    let interpreter = try Interpreter(PassPipeline.logits(of: model.graph), threads: 1)
    return try share("Measuring float", reports: true) {
      try FloatClassifier(interpreter: interpreter, preprocessing: preprocessing)
    }
  }

  /// Images that cannot be read are left out, for every model alike.
  private func share(
    _ name: String, reports: Bool = false, classifier: @Sendable () throws -> any Classifier
  ) throws -> Double {
    let progress = ProgressBar(name, total: images.count, isShown: showsProgress)
    defer { progress.finish() }
    let hits = try Parallel.map(count: images.count, threads: threads, worker: classifier) {
      classifier, index -> Bool? in
      defer { progress.advance() }
      do { try classifier.loadImage(at: images[index].path, by: reader) } catch {
        if reports { Console.report("skipped: \(error)") }
        return Bool?.none
      }
      let logits = try classifier.run()
      return logits.indices.max {
        logits[$0] < logits[$1] || (logits[$0] == logits[$1] && $0 > $1)
      }
        == images[index].class
    }
    let used = hits.compactMap { $0 }
    guard !used.isEmpty else {
      throw CommandError("\(folder): none of its images can be used")
    }
    return Double(used.count { $0 }) / Double(used.count)
  }
}
