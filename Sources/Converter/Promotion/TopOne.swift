package import Swiftlet
import SwiftletGraph
package import SwiftletImaging
package import SwiftletMeasuring
package import SwiftletProgram

/// Top-1 of models on one set of labelled images.
package struct TopOne: Sendable {
  let images: [(path: String, class: Int)]
  let folder: String
  let preprocessing: Preprocessing
  let reader: ImageReader
  let threads: Int
  let note: @Sendable (String) -> Void
  let progress: ShowProgress

  /// `note` is told which images cannot be read.
  package init(
    images: [(path: String, class: Int)], folder: String, preprocessing: Preprocessing,
    reader: ImageReader, threads: Int, note: @escaping @Sendable (String) -> Void,
    progress: @escaping ShowProgress
  ) {
    (self.images, self.folder, self.preprocessing) = (images, folder, preprocessing)
    (self.reader, self.threads, self.note, self.progress) = (reader, threads, note, progress)
  }

  package func share(of model: Model) throws -> Double {
    try share("Measuring int8") {
      try model.classifier(preprocessing: preprocessing, threads: 1)
    }
  }

  /// The float model comes first: it says which images cannot be read.
  package func share(of model: FloatModel) throws -> Double {
    let interpreter = try Interpreter(PassPipeline.logits(of: model.graph), threads: 1)
    return try share("Measuring float", reports: true) {
      try FloatClassifier(interpreter: interpreter, preprocessing: preprocessing)
    }
  }

  /// Images that cannot be read are left out, for every model alike.
  private func share(
    _ name: String, reports: Bool = false, classifier: @Sendable () throws -> any Classifier
  ) throws -> Double {
    let progress = progress(name, images.count)
    defer { progress.finish() }
    let hits = try Parallel.map(count: images.count, threads: threads, worker: classifier) {
      classifier, index -> Bool? in
      defer { progress.advance() }
      do { try classifier.loadImage(at: images[index].path, by: reader) } catch {
        if reports { note("skipped: \(error)") }
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
      throw FileError("\(folder): none of its images can be used")
    }
    return Double(used.count { $0 }) / Double(used.count)
  }
}
