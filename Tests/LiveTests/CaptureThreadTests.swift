import Foundation
import SwiftletCamera
import SwiftletImaging
import SwiftletLive
import SwiftletProgram
import Synchronization
import Testing

/// A source whose frames come when the test says so.
private final class ManualSource: FrameSource, @unchecked Sendable {
  let turn = DispatchSemaphore(value: 0)
  let ready = DispatchSemaphore(value: 0)
  var total: Int
  var error: CaptureError?
  private(set) var counts = FrameCounts()
  private var position = 0

  init(total: Int) { self.total = total }

  var information: SourceInformation { SourceInformation(kind: .file, name: "manual") }

  /// A frame of 2 x 2 grey pixels, all of them its number.
  private func show(_ number: Int, _ use: (Frame) throws(ImageError) -> Void) {
    let image = PixelImage(
      width: 2, height: 2, channels: 1, pixels: Array(repeating: UInt8(number), count: 4))
    #expect(throws: Never.self) {
      try use(Frame(.still(image), sequence: number, captureNanoseconds: 0))
    }
  }

  func next(_ use: (Frame) throws(ImageError) -> Void) throws(CaptureError) -> Bool {
    // The one before has been handed over.
    if position > 0 { ready.signal() }
    turn.wait()
    if position == total {
      if let error { throw error }
      return false
    }
    show(position, use)
    position += 1
    counts.skipped = position
    return true
  }
}

@Suite struct CaptureThreadTests {
  private func start(
    _ source: ManualSource, keepsEveryFrame: Bool, limit: Int = .max
  ) throws -> (FrameExchange, CaptureThread) {
    let exchange = FrameExchange(inputCount: 4, keepsEveryFrame: keepsEveryFrame)
    let target = Preprocessing(
      resize: 2, height: 2, width: 2, interpolation: .bilinear, mean: [0], std: [1])
    let preparer = try FramePreparer(target: target, keepsPictures: false)
    return (
      exchange,
      try CaptureThread(
        source: source, preparer: preparer, exchange: exchange, stop: StopRequest(), limit: limit)
    )
  }

  @Test func aNewerFrameTakesTheOldOnesPlace() throws {
    let source = ManualSource(total: 6)
    let (exchange, thread) = try start(source, keepsEveryFrame: false)
    for _ in 0..<3 {
      source.turn.signal()
      source.ready.wait()
    }
    let first = exchange.take(returning: nil)
    #expect(first?.sequence == 2 && first?.counts == FrameCounts(skipped: 3, stale: 2))
    // What was taken stays as it is while others come.
    for _ in 0..<2 {
      source.turn.signal()
      source.ready.wait()
    }
    #expect(first?.input.allSatisfy { $0 == -126 } == true && first?.counts.stale == 2)
    let second = exchange.take(returning: first)
    #expect(second?.sequence == 4 && second?.counts.stale == 3 && exchange.stale == 3)
    source.turn.signal()
    let third = exchange.take(returning: second)
    #expect(third?.sequence == 5)
    source.turn.signal()
    #expect(exchange.take(returning: third) == nil)
    try thread.end()
  }

  @Test func everyFrameIsKeptInOrder() throws {
    let source = ManualSource(total: 100)
    for _ in 0...100 { source.turn.signal() }
    let (exchange, thread) = try start(source, keepsEveryFrame: true)
    var last: PreparedFrame?
    for index in 0..<100 {
      last = exchange.take(returning: last)
      #expect(last?.sequence == index)
    }
    #expect(exchange.take(returning: last) == nil && exchange.stale == 0)
    try thread.end()
  }

  /// So that what was skipped before the end does not depend on the threads.
  @Test func theLimitIsTheSources() throws {
    let source = ManualSource(total: 100)
    for _ in 0...100 { source.turn.signal() }
    let (exchange, thread) = try start(source, keepsEveryFrame: true, limit: 7)
    var last: PreparedFrame?
    var count = 0
    while let frame = exchange.take(returning: last) {
      last = frame
      count += 1
    }
    try thread.end()
    #expect(count == 7 && source.counts.skipped == 7)
  }

  @Test func errorsComeAfterTheFrames() throws {
    let source = ManualSource(total: 2)
    source.error = CaptureError(description: "gone", isLost: true)
    for _ in 0...2 { source.turn.signal() }
    let (exchange, thread) = try start(source, keepsEveryFrame: true)
    let first = exchange.take(returning: nil)
    let second = exchange.take(returning: first)
    #expect(first?.sequence == 0 && second?.sequence == 1)
    #expect(exchange.take(returning: second) == nil)
    #expect {
      try thread.end()
    } throws: { ($0 as? CaptureError)?.isLost == true && "\($0)" == "gone" }
  }

  /// A reader that has enough: the writer waits for room, then for nothing.
  @Test func endWakesTheWriter() throws {
    let source = ManualSource(total: 100)
    for _ in 0...100 { source.turn.signal() }
    let (exchange, thread) = try start(source, keepsEveryFrame: true)
    _ = exchange.take(returning: nil)
    try thread.end()
    #expect(source.counts.skipped < 100)
  }
}
