import CSwiftletTestSupport
import Foundation
import Swiftlet
import SwiftletCamera
import SwiftletImaging
import SwiftletLive
import SwiftletMeasuring
import Testing

/// From a source to sinks, without a device.
@Suite struct LivePipelineTests {
  private let classifier: ImageClassifier
  private let stop: StopRequest

  init() throws {
    classifier = try ImageClassifier(model: SmallModel.make(), threads: 1)
    stop = try StopRequest()
  }

  /// Images of 20 x 15 in which chance has another favourite among the colours each time.
  static func images(_ count: Int) -> [PixelImage] {
    (0..<count).map { number in
      let pixels = (0..<20 * 15 * 3).map { index -> UInt8 in
        let noise = (index &* 2_654_435_761 &+ number &* 40_503) >> 7 & 63
        return UInt8(noise + (index % 3 == number % 3 ? 180 - 7 * (number % 13) : 20))
      }
      return PixelImage(width: 20, height: 15, channels: 3, pixels: pixels)
    }
  }

  static let layout = Result { try FrameLayout(.rgb24, width: 20, height: 15) }

  private func pictures(_ count: Int) throws -> [ScriptedSource.Item] {
    let layout = try Self.layout.get()
    return Self.images(count).map { .picture($0.pixels, layout) }
  }

  @discardableResult
  private func run(
    _ source: ScriptedSource, _ sinks: RecordingSink..., everyFrame: Bool = true,
    frames: Int? = nil
  ) throws -> LiveSummary {
    try LivePipeline(classifier, sinks: sinks).run(
      source, model: "small", stop: stop, keepsEveryFrame: everyFrame, frames: frames, top: 3)
  }

  @Test func answersAreTheClassifiers() throws {
    let (first, second) = (RecordingSink(), RecordingSink())
    let source = ScriptedSource(try pictures(20), stop: stop)
    let summary = try run(source, first, second)
    for sink in [first, second] {
      #expect(
        sink.calls == ["begin script small"] + (0..<20).map { "answer \($0)" } + ["end"])
      #expect(sink.answers.map(\.sequence) == (0..<20).map { 2 * $0 })
    }
    let layout = try Self.layout.get()
    let expected = try Self.images(20).map { image in
      try image.pixels.withUnsafeBytes {
        try classifier.classify(frame: $0, layout: layout, top: 3)
      }
    }
    #expect(first.answers.map(\.top) == expected)
    #expect(Set(expected.map { $0[0].label }) == ["red", "green", "blue"])
    #expect(summary.frames == 20 && summary.counts == FrameCounts())
    for answer in first.answers {
      let times = answer.times
      let parts = [Measure.age, .decode, .preprocess, .infer].map(times.nanoseconds)
      #expect(parts.reduce(0, +) <= times.nanoseconds(.total) && parts[1] == 0)
      #expect(answer.counts == FrameCounts())
    }
    let total = try #require(summary.percentiles(.total))
    #expect(total.min <= total.p50 && total.p50 <= total.p99 && summary.framesPerSecond > 0)
  }

  /// Whatever their size, as `classify` makes them.
  @Test func stillImages() throws {
    let images =
      Self.images(6) + [
        PixelImage(width: 9, height: 30, channels: 1, pixels: (0..<270).map { UInt8($0 % 251) })
      ]
    let sink = RecordingSink(wantsPicture: true)
    try run(ScriptedSource(images.map { .still($0) }, stop: stop), sink)
    #expect(try sink.answers.map(\.top) == images.map { try classifier.classify($0, top: 3) })
    #expect(sink.pictures.map(\.bytes) == images.map(\.pixels))
    #expect(sink.pictures.map(\.layout.format) == Array(repeating: .rgb24, count: 6) + [.grey])
    #expect(sink.pictures.last?.layout.height == 30)
  }

  /// While the sink is busy with the first, all others come.
  @Test func theNewestFrameWins() throws {
    let (answered, ended) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let source = ScriptedSource(try pictures(10), stop: stop)
    source.onTurn = { if $0 == 1 { answered.wait() } }
    source.onEnd = { ended.signal() }
    let sink = RecordingSink()
    sink.onAnswer = {
      guard $0.number == 0 else { return }
      answered.signal()
      ended.wait()
    }
    let summary = try run(source, sink, everyFrame: false)
    #expect(sink.answers.map(\.number) == [0, 1] && sink.answers.map(\.sequence) == [0, 18])
    #expect(sink.answers.map(\.counts.stale) == [0, 8])
    #expect(summary.frames == 2 && summary.counts == FrameCounts(stale: 8))
  }

  @Test func theSummaryEndsWithTheLastFrameAskedFor() throws {
    var items = try pictures(10)
    items.insert(.unusable, at: 2)
    items.insert(.unusable, at: 5)
    let sink = RecordingSink()
    let summary = try run(ScriptedSource(items, stop: stop), sink, frames: 3)
    #expect(sink.calls.last == "end" && sink.answers.map(\.sequence) == [0, 2, 6])
    #expect(summary.frames == 3 && summary.counts == FrameCounts(skipped: 1))
    #expect(stop.isRequested)
  }

  /// What came before the request is answered still.
  @Test func aStopEndsTheStream() throws {
    let sink = RecordingSink()
    sink.onAnswer = { if $0.number == 4 { stop.request() } }
    let summary = try run(ScriptedSource(try pictures(100), stop: stop), sink)
    #expect((5...8).contains(sink.answers.count) && sink.calls.last == "end")
    #expect(summary.frames == sink.answers.count)
    // Before the first frame it is no error either.
    let none = RecordingSink()
    #expect(try run(ScriptedSource(try pictures(3), stop: stop), none).frames == 0)
    #expect(none.calls == ["begin script small", "end"])
  }

  @Test func aLostDevice() throws {
    for frames in [2, 0] {
      let source = ScriptedSource(try pictures(frames), stop: try StopRequest())
      source.kind = .device
      source.error = CaptureError(description: "gone", isLost: true)
      let sink = RecordingSink()
      #expect {
        try run(source, sink)
      } throws: { ($0 as? CaptureError)?.isLost == true && "\($0)" == "gone" }
      #expect(sink.answers.count == frames && sink.summary?.frames == frames)
    }
    // What was never there has no end.
    let source = ScriptedSource([], stop: try StopRequest())
    source.error = CaptureError(description: "silent")
    let sink = RecordingSink()
    #expect { try run(source, sink) } throws: { "\($0)" == "silent" }
    #expect(sink.calls == ["begin script small"])
  }

  @Test func noFrameCanBeUsed() throws {
    let source = ScriptedSource([.unusable, .unusable, .unusable], stop: stop)
    #expect {
      try run(source, RecordingSink())
    } throws: { "\($0)" == "script: none of its 3 frames can be used" }
  }

  /// Of JPEG frames it is the file, with the size that the file says.
  @Test func picturesAreGivenWhereAskedFor() throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../ImagingTests/Golden/ycc420-33x21-q50.jpg")
    let jpeg = Array(try Data(contentsOf: path))
    let unknown = try FrameLayout(.mjpeg, width: 1, height: 1)
    let items = try pictures(3) + [.picture(jpeg, unknown)] + pictures(1)
    let (asking, other) = (RecordingSink(wantsPicture: true), RecordingSink())
    try run(ScriptedSource(items, stop: stop), other, asking)
    let images = Self.images(3).map(\.pixels)
    #expect(asking.pictures.map(\.bytes) == images + [jpeg, images[0]])
    let (stated, own) = (try FrameLayout(.mjpeg, width: 33, height: 21), try Self.layout.get())
    #expect(asking.pictures[3...].map(\.layout) == [stated, own])
    let none = RecordingSink()
    try run(ScriptedSource(items, stop: try StopRequest()), none)
    #expect(none.answers.count == 5 && none.answers.allSatisfy { $0.picture == nil })
    #expect(none.answers.map(\.top) == asking.answers.map(\.top))
  }

  @Test(.enabled(if: swl_test_counts_allocations()), arguments: [false, true])
  func aRunningStreamAllocatesNothing(wantsPicture: Bool) throws {
    let source = ScriptedSource(try pictures(40), stop: stop)
    try run(source, RecordingSink(wantsPicture: wantsPicture))
    // Each of the three frames makes room for its picture once, when its turn comes; the first makes all else.
    #expect(source.allocations.count == 40)
    let room = wantsPicture ? 2 : 0
    #expect(source.allocations.dropFirst().reduce(0, +) <= room, "\(source.allocations)")
  }

  @Test func aSinkThatFailsEndsTheStream() throws {
    struct Full: Error {}
    let sink = RecordingSink()
    sink.onAnswer = { if $0.number == 1 { throw Full() } }
    #expect(throws: Full.self) { try run(ScriptedSource(try pictures(9), stop: stop), sink) }
    #expect(sink.calls == ["begin script small", "answer 0", "answer 1"] && stop.isRequested)
  }

  @Test func notesOfFrameAfterFrameEnd() {
    let sink = RecordingSink()
    let pipeline = LivePipeline(classifier, sinks: [sink])
    for number in 0..<9 { pipeline.note("\(number)", isRepeated: true) }
    pipeline.note("another")
    #expect(
      sink.notes == ["0", "1", "2", "3", "4"] + [
        "further notes of this stream are left out; the summary counts its frames", "another",
      ])
  }
}
