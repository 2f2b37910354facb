public import Swiftlet
public import SwiftletCamera
import SwiftletImaging
import SwiftletKernels
import SwiftletProgram
import Synchronization

/// A stream's frames through a model to sinks: one thread captures, decodes and prepares, the other runs the model on the
/// newest frame and tells the sinks.
///
/// Unchecked: the classifier belongs to the thread in `run`, the sinks to whoever has the mutex.
public final class LivePipeline: @unchecked Sendable {
  private let classifier: any Classifier
  private let form: ClassifierForm
  private let sinks: [any Sink]
  /// The repeated notes of the stream so far.
  private let notes = Mutex(0)

  /// Notes of one kind of trouble, frame after frame, end after so many.
  private static let noteLimit = 5
  /// As many frames are in a summary's percentiles.
  private static let remembered = 1 << 16

  /// Makes a pipeline.
  ///
  /// - Parameters:
  ///   - classifier: the model; nobody else uses it while the pipeline runs.
  ///   - sinks: where answers go, in this order.
  public convenience init(_ classifier: ImageClassifier, sinks: [any Sink]) {
    self.init(classifier, form: classifier.form, sinks: sinks)
  }

  package init(_ classifier: any Classifier, form: ClassifierForm, sinks: [any Sink]) {
    (self.classifier, self.form, self.sinks) = (classifier, form, sinks)
  }

  /// Tells the sinks something that somebody should know; from any thread, but not from a sink.
  ///
  /// - Parameters:
  ///   - text: one line.
  ///   - isRepeated: whether it may be said of frame after frame, which ends after a few.
  public func note(_ text: String, isRepeated: Bool = false) {
    notes.withLock { count in
      if isRepeated { count += 1 }
      guard !isRepeated || count <= Self.noteLimit else { return }
      for sink in sinks { sink.note(text) }
      if isRepeated, count == Self.noteLimit {
        for sink in sinks {
          sink.note("further notes of this stream are left out; the summary counts its frames")
        }
      }
    }
  }

  /// Classifies frames until there are no more, enough, or a stop is requested.
  ///
  /// - Parameters:
  ///   - source: where frames come from; nobody else uses it meanwhile.
  ///   - name: what the model is called.
  ///   - stop: what ends the stream, the same that the source has. It is requested in the end.
  ///   - keepsEveryFrame: whether the source waits for the model; else a newer frame takes the place of one that waits, which
  ///     is counted as stale.
  ///   - limit: as many frames are classified; the summary counts nothing that comes behind them.
  ///   - count: as many classes are in an answer.
  /// - Returns: what the sinks are told in the end.
  /// - Throws: `CaptureError` if a source other than a device had no frame that can be used, or more frames should have come
  ///   (the sinks then were told the end, unless there was no frame at all); what a sink throws.
  @discardableResult
  public func run(
    _ source: any FrameSource, model name: String, stop: StopRequest,
    keepsEveryFrame: Bool = false, frames limit: Int? = nil, top count: Int = 5
  ) throws -> LiveSummary {
    notes.withLock { $0 = 0 }
    try tell { try $0.begin(source: source.information, model: name) }
    let exchange = FrameExchange(
      inputCount: form.preprocessing.inputCount, keepsEveryFrame: keepsEveryFrame)
    let capture = try CaptureThread(
      source: source,
      preparer: FramePreparer(
        target: form.preprocessing, keepsPictures: sinks.contains { $0.wantsPicture }),
      exchange: exchange, stop: stop, limit: keepsEveryFrame ? limit ?? .max : .max)
    var statistics = LiveStatistics(capacity: Self.remembered)
    var last: PreparedFrame?
    let problem = Result {
      while statistics.frames < limit ?? .max, let frame = exchange.take(returning: last) {
        last = frame
        let answer = try self.answer(frame, number: statistics.frames, top: count)
        statistics.add(answer.times)
        try tell { try $0.answer(answer) }
      }
    }
    let wasStopped = stop.isRequested
    var ending = Result { () throws(CaptureError) in try capture.end() }
    try problem.get()
    var counts = source.counts
    counts.stale += exchange.stale
    // The stream is over with the last frame asked for, though its source went on until it was told.
    if statistics.frames == limit, let last { (counts, ending) = (last.counts, .success(())) }
    if case .failure(let error) = ending, !error.isLost, statistics.frames == 0 { throw error }
    if source.information.kind != .device, statistics.frames == 0, !wasStopped {
      throw CaptureError(
        description:
          "\(source.information.name): none of its \(counts.skipped) frames can be used")
    }
    let summary = LiveSummary(source.information, statistics, counts)
    try tell { try $0.end(summary) }
    try ending.get()
    return summary
  }

  private func answer(_ frame: PreparedFrame, number: Int, top count: Int) throws -> LiveAnswer {
    frame.times.inferStart = monotonicNanoseconds()
    try classifier.load(input: frame.input)
    let logits = try classifier.run()
    frame.times.inferEnd = monotonicNanoseconds()
    return LiveAnswer(
      number: number, sequence: frame.sequence, times: frame.times, counts: frame.counts,
      top: form.top(count, of: logits), picture: frame.picture)
  }

  private func tell(_ body: (any Sink) throws -> Void) throws {
    try notes.withLock { _ in
      for sink in sinks { try body(sink) }
    }
  }
}
